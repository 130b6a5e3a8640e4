/** Replicas over a cluster in memory whose clock the test moves, and the short questions that tests ask about them. */
import { X509Certificate } from "node:crypto";
import {
  ManagedCertificates,
  type ManagedCertificatesOptions,
  serviceNames,
} from "../../../src/certificates/managed/managed-source.ts";
import type { RotationPolicy } from "../../../src/certificates/managed/rotation-policy.ts";
import { splitPem } from "../../../src/certificates/pem-bundle.ts";
import type { Clock } from "../../../src/telemetry/clock.ts";
import { createLogger, type Logger } from "../../../src/telemetry/logger.ts";
import { ManualClock } from "../../manual-clock.ts";
import { type Gate, MemoryCluster } from "./memory-cluster.ts";

export const DAY_MS: number = 24 * 60 * 60 * 1000;
export const START_MS: number = Date.parse("2030-01-01T00:00:00Z");
export const NAMES: readonly string[] = serviceNames("pullring", "pullring");

/** Short lives, so that days are steps: CAs are followed after 40 days, leaves after 6. */
export const POLICY: RotationPolicy = { caValidityMs: 60 * DAY_MS, leafValidityMs: 9 * DAY_MS, overlapMs: 60_000 };

/** Goes on when the test says so; a delay ends by its signal alone. */
export class TestClock extends ManualClock {
  nowMs: number = START_MS;
  elapsedMs = 0;

  pass(ms: number): void {
    this.nowMs += ms;
    this.elapsedMs += ms;
  }

  override now(): number {
    return this.nowMs;
  }

  override elapsed(): number {
    return this.elapsedMs;
  }
}

/** One for all, as each logger has a timer. */
export const SILENT: Logger = createLogger({ level: "silent", version: "0.0.0" });

export function makeReplica(
  cluster: MemoryCluster,
  clock: Clock,
  options: Partial<ManagedCertificatesOptions> & { readonly gate?: Gate } = {},
): ManagedCertificates {
  return new ManagedCertificates({
    ...cluster.ports(options.gate),
    dnsNames: NAMES,
    policy: POLICY,
    pollIntervalMs: 1_000,
    clock,
    logger: SILENT,
    ...options,
  });
}

export class Scene {
  readonly cluster: MemoryCluster = new MemoryCluster();
  readonly clock: TestClock = new TestClock();

  replica(options: Partial<ManagedCertificatesOptions> = {}): ManagedCertificates {
    return makeReplica(this.cluster, this.clock, options);
  }

  /** A replica that has read once. */
  async started(options: Partial<ManagedCertificatesOptions> = {}): Promise<ManagedCertificates> {
    const replica = this.replica(options);
    await replica.reconcile();
    return replica;
  }

  /** A value of the Secret; "" when there is none. */
  stored(key: "ca.crt" | "ca.key"): string {
    return this.cluster.secret?.data[key] ?? "";
  }

  /** The caBundle, of all entries. */
  applied(): string {
    return this.cluster.bundle?.pems.join("") ?? "";
  }

  /** Fingerprint of the CA in the caBundle that signed what a replica serves; undefined when none did. */
  signerOf(replica: ManagedCertificates): string | undefined {
    return replica.current() && issuerIn(this.applied(), servedBy(replica));
  }

  /** Each minute every replica reconciles. */
  async follow(replicas: readonly ManagedCertificates[], minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      this.clock.pass(60_000);
      for (const replica of replicas) await replica.reconcile();
    }
  }
}

/** The certificate that a replica serves. */
export function servedBy(replica: ManagedCertificates): string {
  return replica.current()?.cert ?? "none";
}

/** SHA-256 of each certificate in `pem`, in order. */
export function fingerprints(pem: string): readonly string[] {
  return splitPem(pem).map((one) => new X509Certificate(one).fingerprint256);
}

/** Fingerprint of the certificate in `bundle` that signed `leaf`; undefined when none did. */
export function issuerIn(bundle: string, leaf: string): string | undefined {
  const parsed = new X509Certificate(leaf);
  return splitPem(bundle)
    .map((one) => new X509Certificate(one))
    .find((ca) => parsed.checkIssued(ca) && parsed.verify(ca.publicKey))?.fingerprint256;
}
