/**
 * Opens the certificates that `pullring serve` presents, its own with a CA shared in a Secret, files or local ones, and what
 * decides by those of its clients whom it answers.
 */
import { readFileSync } from "node:fs";
import { openFileCertificate } from "../../certificates/file-source.ts";
import { openLocalCertificate } from "../../certificates/local-source.ts";
import type { CertificateSource } from "../../certificates/source.ts";
import { type ClientPolicy, openClientCa } from "../../server/client-certificates.ts";
import { SYSTEM_CLOCK } from "../../telemetry/clock.ts";
import type { HealthCheck } from "../../telemetry/health-check.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { openClientConfig } from "../flags/cluster-options.ts";
import type { ServeOptions } from "./options.ts";
import { rotationPolicyOf, SERVICE_ACCOUNT_DIRECTORY, tlsSourceOf } from "./tls-options.ts";

/** Certificates with what the command has to know of them besides. */
export interface Certificates {
  readonly source: CertificateSource;
  /** None for certificates that are there from the start. */
  readonly checks: readonly HealthCheck[];
  /** Keeps them until `signal` aborts; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/** What opening needs besides options. */
export interface CertificateDependencies {
  readonly version: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Pause between two polls of files; kubelets renew mounted Secrets about once a minute. */
const FILE_POLL_MS = 10_000;

/** @throws AppError when files cannot be used or the client configuration cannot be read */
export async function createCertificates(
  options: ServeOptions,
  dependencies: CertificateDependencies,
): Promise<Certificates> {
  const logger = dependencies.logger.child({ logger: "certificate" });
  const tls = tlsSourceOf(options);
  if (tls === "managed") return openManaged(options, { ...dependencies, logger });
  const polling = { pollIntervalMs: FILE_POLL_MS, signal: dependencies.signal, logger, clock: SYSTEM_CLOCK };
  const { tlsDir, tlsCertFile: certPath = "", tlsKeyFile: keyPath = "" } = options;
  const opening =
    tls === "local" ? openLocalCertificate(tlsDir, polling) : openFileCertificate({ certPath, keyPath }, polling);
  return { source: await opening, checks: [], run: async () => undefined };
}

/**
 * Gives undefined when every client that reaches the port is answered.
 * @throws CertificateError when the file of --client-ca-file cannot be used
 */
export async function createClientAuth(
  { clientCaFile, clientAllowedNames: allowedNames }: ServeOptions,
  { logger: root, signal }: CertificateDependencies,
): Promise<ClientPolicy | undefined> {
  if (clientCaFile === undefined) return undefined;
  const logger = root.child({ logger: "clients" });
  const polling = { pollIntervalMs: FILE_POLL_MS, signal, logger, clock: SYSTEM_CLOCK };
  return { ca: await openClientCa(clientCaFile, polling), allowedNames };
}

async function openManaged(options: ServeOptions, { version, logger }: CertificateDependencies): Promise<Certificates> {
  const { ApiClient } = await import("../../cluster/api/api-client.ts");
  const { SecretStore } = await import("../../cluster/own-objects/secret-store.ts");
  const { WebhookConfiguration } = await import("../../cluster/own-objects/webhook-configuration.ts");
  const { ManagedCertificates, serviceNames } = await import("../../certificates/managed/managed-source.ts");
  const client = new ApiClient({
    load: await openClientConfig(options),
    userAgent: `pullring/${version}`,
    maxConnections: MANAGED_CONNECTIONS,
  });
  const { service: name, webhookConfiguration, tlsNamespace: namespace = ownNamespace() } = options;
  const certificates = new ManagedCertificates({
    secret: new SecretStore({ client, namespace, name: options.tlsSecret }),
    caBundle:
      webhookConfiguration === "none"
        ? undefined
        : new WebhookConfiguration({ client, name: webhookConfiguration, service: { name, namespace } }),
    dnsNames: serviceNames(name, namespace),
    policy: rotationPolicyOf(options),
    pollIntervalMs: options.tlsPoll,
    clock: SYSTEM_CLOCK,
    logger,
  });
  return {
    source: certificates,
    checks: [certificates],
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
    return readFileSync(`${SERVICE_ACCOUNT_DIRECTORY}/namespace`, "utf8").trim();
  } catch {
    return "pullring";
  }
}
