/** Opens the certificates that `pullring serve` presents: its own in a shared Secret, files, or local ones. */
import { readFileSync } from "node:fs";
import { openFileCertificate } from "../../certificates/file-source.ts";
import { openLocalCertificate } from "../../certificates/local-source.ts";
import type { CertificateSource } from "../../certificates/source.ts";
import { SYSTEM_CLOCK } from "../../telemetry/clock.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { FlagValues } from "../flags/flag.ts";
import { type ServeFlags, tlsSourceOf } from "./options.ts";
import { rotationPolicyOf } from "./tls-options.ts";

/** Certificates with what the command has to know of them besides. */
export interface ServedCertificates {
  readonly source: CertificateSource;
  /** Why not ready yet; undefined when ready. */
  readiness(): string | undefined;
  /** What a person should fix although it does not stand against readiness; undefined when there is nothing. */
  problem(): string | undefined;
  /** Keeps them until `signal` aborts; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/** What opening needs besides flags. */
export interface CertificateDependencies {
  readonly version: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Pause between two polls of files; kubelets renew mounted Secrets about once a minute. */
export const FILE_POLL_MS = 10_000;

/** Where a Pod finds the name of its own namespace. */
const NAMESPACE_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/** @throws AppError when files cannot be used or the client configuration cannot be read */
export async function createCertificates(
  flags: FlagValues<ServeFlags>,
  surroundings: CertificateDependencies,
): Promise<ServedCertificates> {
  const logger = surroundings.logger.child({ logger: "certificate" });
  const tls = tlsSourceOf(flags);
  if (tls === "managed") {
    return openManaged(flags, { ...surroundings, logger });
  }
  const options = { pollIntervalMs: FILE_POLL_MS, signal: surroundings.signal, logger, clock: SYSTEM_CLOCK };
  const source =
    tls === "local"
      ? await openLocalCertificate(flags["tls-dir"], options)
      : await openFileCertificate(
          { certPath: flags["tls-cert-file"], keyPath: flags["tls-key-file"] },
          options,
        );
  return { source, readiness: () => undefined, problem: () => undefined, run: async () => undefined };
}

async function openManaged(
  flags: FlagValues<ServeFlags>,
  { version, logger }: CertificateDependencies,
): Promise<ServedCertificates> {
  const { openClientConfig } = await import("../flags/client-config-flags.ts");
  const { createApiClient } = await import("../../cluster/api/api-client.ts");
  const { SecretStore } = await import("../../cluster/own-objects/secret-store.ts");
  const { WebhookConfiguration } = await import("../../cluster/own-objects/webhook-configuration.ts");
  const { ManagedCertificates, serviceNames } = await import("../../certificates/managed/managed-source.ts");
  const client = createApiClient({
    load: openClientConfig(flags),
    userAgent: `pullring/${version}`,
    maxConnections: MANAGED_CONNECTIONS,
  });
  const namespace = flags["tls-namespace"] || ownNamespace();
  const service = { name: flags.service, namespace };
  const configuration = flags["webhook-configuration"];
  const certificates = new ManagedCertificates({
    secret: new SecretStore({ client, namespace, name: flags["tls-secret"] }),
    caBundle:
      configuration === "none"
        ? undefined
        : new WebhookConfiguration({ client, name: configuration, service }),
    dnsNames: serviceNames(flags.service, namespace),
    policy: rotationPolicyOf(flags),
    pollIntervalMs: flags["tls-poll"],
    clock: SYSTEM_CLOCK,
    logger,
  });
  return {
    source: certificates,
    readiness: () => certificates.notReady(),
    problem: () => certificates.problem(),
    run: async (signal) => {
      await certificates.run(signal);
      client.close();
    },
  };
}

/** Secret, configuration and the watch on it, with room for one that is being replaced. */
const MANAGED_CONNECTIONS = 4;

function ownNamespace(): string {
  try {
    return readFileSync(NAMESPACE_FILE, "utf8").trim();
  } catch {
    return "pullring";
  }
}
