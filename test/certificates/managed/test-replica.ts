/** A replica over a cluster in memory, whose clocks and steps the test decides. */
import { X509Certificate } from "node:crypto";
import { Writable } from "node:stream";
import { ManagedCertificates, serviceNames } from "../../../src/certificates/managed/managed-source.ts";
import type { RotationPolicy } from "../../../src/certificates/managed/rotation-policy.ts";
import { createLogger, type Logger } from "../../../src/telemetry/logger.ts";
import type { Gate, MemoryCluster } from "./memory-cluster.ts";

export const DAY_MS: number = 24 * 60 * 60 * 1000;
export const START_MS: number = Date.parse("2030-01-01T00:00:00Z");
export const NAMES: readonly string[] = serviceNames("pullring", "pullring");

/** Short lives, so that days are steps. The overlap is a minute. */
export const POLICY: RotationPolicy = {
  caValidityMs: 60 * DAY_MS,
  leafValidityMs: 9 * DAY_MS,
  renewalFraction: 2 / 3,
  overlapMs: 60_000,
};

/** Clocks that a test moves. */
export interface TestClock {
  nowMs: number;
  elapsedMs: number;
}

/** One for all, as each logger has a timer. */
const SILENT = createLogger({ level: "silent", version: "0.0.0" });

export interface TestReplicaOptions {
  readonly cluster: MemoryCluster;
  readonly clock: TestClock;
  readonly gate?: Gate;
  readonly policy?: RotationPolicy;
  readonly logger?: Logger;
  readonly pollIntervalMs?: number;
  /** false: the caBundle is not ours to apply. */
  readonly appliesBundle?: boolean;
}

export function makeReplica(options: TestReplicaOptions): ManagedCertificates {
  const { cluster, clock, gate, policy = POLICY, pollIntervalMs = 1_000 } = options;
  const ports = cluster.ports(gate);
  return new ManagedCertificates({
    secret: ports.secret,
    caBundle: options.appliesBundle === false ? undefined : ports.caBundle,
    dnsNames: NAMES,
    policy,
    pollIntervalMs,
    clock: { nowMs: () => clock.nowMs, elapsedMs: () => clock.elapsedMs },
    logger: options.logger ?? SILENT,
  });
}

/** Both clocks go on by `ms`. */
export function pass(clock: TestClock, ms: number): void {
  clock.nowMs += ms;
  clock.elapsedMs += ms;
}

/** SHA-256 of each certificate in `pem`, in order. */
export function fingerprints(pem: string): readonly string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block).fingerprint256);
}

/** SHA-256 of the certificate in `pem` that was made last; of all that were, when it was in the same second. */
export function newest(pem: string): readonly string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const parsed = blocks.map((block) => new X509Certificate(block));
  const last = Math.max(...parsed.map(({ validFrom }) => Date.parse(validFrom)));
  return parsed
    .filter(({ validFrom }) => Date.parse(validFrom) === last)
    .map(({ fingerprint256 }) => fingerprint256);
}

/** Fingerprint of the certificate in `bundle` that signed `leaf`; undefined when none did. */
export function issuerIn(bundle: string, leaf: string): string | undefined {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const parsed = new X509Certificate(leaf);
  return blocks
    .map((block) => new X509Certificate(block))
    .find((ca) => parsed.checkIssued(ca) && parsed.verify(ca.publicKey))?.fingerprint256;
}

/** A log in memory. */
export function memoryLog(): { readonly logger: Logger; readonly text: () => string } {
  let text = "";
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  return { logger: createLogger({ level: "trace", version: "0.0.0", destination }), text: () => text };
}
