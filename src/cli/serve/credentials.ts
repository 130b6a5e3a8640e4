/** Opens the credentials that `pullring serve` decides with: manifests on disk, or the cluster. */
import { openFileCredentialSource } from "../../files/file-credential-source.ts";
import type { CredentialSource } from "../../server/admission/ports.ts";
import type { HealthCheck } from "../../telemetry/health-check.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { openClientConfig } from "../flags/cluster-options.ts";
import type { ServeOptions } from "./options.ts";

/** A source of credentials with what the command needs of it besides. */
export interface Credentials extends CredentialSource, HealthCheck {
  /** How many credentials are held, and how many of them are malformed. */
  count(): { readonly credentials: number; readonly malformed: number };
  /** Follows changes until `signal` aborts; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/** What opening needs besides options. */
export interface CredentialDependencies {
  readonly version: string;
  readonly logger: Logger;
  readonly onWatchRestart: (resource: string) => void;
}

/** Namespace of manifests that name none, as for kubectl without a context. */
const DEFAULT_NAMESPACE = "default";

/** @throws ConfigError when manifests or the client configuration cannot be read */
export async function createCredentials(
  options: ServeOptions,
  { version, logger, onWatchRestart }: CredentialDependencies,
): Promise<Credentials> {
  if (options.credentials.length > 0) {
    return openFileCredentialSource({
      paths: options.credentials,
      defaultNamespace: DEFAULT_NAMESPACE,
      logger: logger.child({ logger: "credentials" }),
    });
  }
  // The client library is large, and only here is it needed.
  const { createClusterSource } = await import("../../cluster/cluster-source.ts");
  return createClusterSource({
    loadConfig: await openClientConfig(options),
    version,
    logger: logger.child({ logger: "cluster" }),
    namespaces: options.namespace.length > 0 ? options.namespace : undefined,
    liveReadTimeoutMs: options.liveReadTimeout,
    credentialSelector: options.credentialSelector || undefined,
    onWatchRestart,
  });
}
