/** Opens the credentials that `pullring serve` decides with: manifests on disk, or the cluster. */
import { FileCredentialSource } from "../../files/file-credential-source.ts";
import type { CredentialSource } from "../../server/admission/ports.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { FlagValues } from "../flags/flag.ts";
import type { ServeFlags } from "./options.ts";

/** A source with what the command has to know of it besides. */
export interface ServedCredentials {
  readonly source: CredentialSource;
  /** Credentials held, and how many of them are malformed. */
  count(): { readonly credentials: number; readonly malformed: number };
  /** Why not ready yet; undefined when ready. */
  readiness(): string | undefined;
  /** What a person should mend while credentials at hand stay in force; undefined when there is nothing. */
  problem(): string | undefined;
  /** Follows changes until `signal` aborts; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/** What opening needs besides flags. */
export interface CredentialDependencies {
  readonly version: string;
  readonly logger: Logger;
  readonly onWatchRestart: (resource: "secrets" | "serviceaccounts") => void;
}

/** Namespace of manifests that name none, as for kubectl without a context. */
const DEFAULT_NAMESPACE = "default";

/** @throws ConfigError when manifests or the client configuration cannot be read */
export function createCredentials(
  flags: FlagValues<ServeFlags>,
  surroundings: CredentialDependencies,
): Promise<ServedCredentials> {
  return flags.credentials.length > 0
    ? openFiles(flags.credentials, surroundings)
    : openCluster(flags, surroundings);
}

async function openFiles(
  paths: readonly string[],
  { logger }: CredentialDependencies,
): Promise<ServedCredentials> {
  const source = await FileCredentialSource.open({
    paths,
    defaultNamespace: DEFAULT_NAMESPACE,
    logger: logger.child({ logger: "credentials" }),
  });
  return {
    source,
    count: () => source.count(),
    readiness: () => undefined,
    problem: () => undefined,
    run: (signal) => source.run(signal),
  };
}

/** The client library is large, and only here is it needed. */
async function openCluster(
  flags: FlagValues<ServeFlags>,
  { version, logger, onWatchRestart }: CredentialDependencies,
): Promise<ServedCredentials> {
  const { openClientConfig } = await import("../flags/client-config-flags.ts");
  const { createClusterSource } = await import("../../cluster/cluster-source.ts");
  const cluster = createClusterSource({
    loadConfig: openClientConfig(flags),
    version,
    logger: logger.child({ logger: "cluster" }),
    namespaces: flags.namespace.length > 0 ? flags.namespace : undefined,
    liveReadTimeoutMs: flags["live-read-timeout"],
    onWatchRestart,
  });
  return {
    source: cluster,
    count: () => cluster.count(),
    readiness: () => cluster.notReady(),
    problem: () => cluster.problem(),
    run: (signal) => cluster.run(signal),
  };
}
