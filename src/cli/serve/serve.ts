/** `pullring serve`: composes the webhook from its parts and runs it until a signal ends it. */
import type { ClusterSource, ClusterSourceOptions } from "../../cluster/cluster-source.ts";
import type { ResourceName } from "../../cluster/objects/watched-resource.ts";
import { AppError, ConfigError } from "../../core/app-error.ts";
import { type FileCredentialSource, openFileCredentialSource } from "../../files/file-credential-source.ts";
import { REJECTION_REASONS } from "../../server/limits/rejection.ts";
import { startServer } from "../../server/start-server.ts";
import { SYSTEM_CLOCK } from "../../telemetry/clock.ts";
import { createLogger } from "../../telemetry/logger.ts";
import { PullringMetrics } from "../../telemetry/pullring-metrics.ts";
import { type CommandContext, readVersion } from "../command.ts";
import { openClientConfig } from "../flags/cluster-options.ts";
import { createCertificates, createClientAuth } from "./certificates.ts";
import type { ServeOptions } from "./options.ts";
import { ExitSignals } from "./shutdown.ts";
import { tlsSourceOf } from "./tls-options.ts";

const WATCHED_RESOURCES: readonly ResourceName[] = ["secrets", "serviceaccounts"];
/** Watched as well where credentials are shared. */
const WATCHED_FOR_SHARING: readonly ResourceName[] = ["namespaces"];

/**
 * Serves until SIGTERM or SIGINT, then drains; a second signal ends the process at once.
 * @returns 0 after a drain
 * @throws AppError when it cannot start; a ConfigError names all that is wrong with credentials, certificate and clients
 */
export async function serve(
  options: ServeOptions,
  { exit, logDestination: destination }: CommandContext,
): Promise<number> {
  const version = readVersion();
  const logger = createLogger({ level: options.logLevel, version, ...(destination && { destination }) });
  const signals = new ExitSignals({ exit, logger });
  const ending = new AbortController();
  const { signal } = ending;
  try {
    const dependencies = { version, logger, signal };
    const onWatchRestart = (resource: string): void => metrics.countWatchRestart(resource);
    const others = [
      openCredentials(options, { ...dependencies, onWatchRestart }),
      createClientAuth(options, dependencies),
    ] as const;
    // A local certificate is written, so only where all else is well.
    const before = Promise.all(tlsSourceOf(options) === "local" ? others : []);
    const certificate = before.then(() => createCertificates(options, dependencies));
    const [credentials, certificates, clients] = await openAll([others[0], certificate, others[1]]);
    const metrics = new PullringMetrics({
      version,
      rejectionReasons: Object.keys(REJECTION_REASONS),
      watchedResources: [...WATCHED_RESOURCES, ...(options.sharedNamespace === undefined ? [] : WATCHED_FOR_SHARING)],
      credentialSecrets: () => credentials.count().credentials,
      invalidSecrets: () => credentials.count().malformed,
      credentialFindings: () => credentials.countFindings(SYSTEM_CLOCK.now() / 1000),
      certificateExpiryMs: () => certificates.source.current()?.expiresAtMs,
    });
    const server = await startServer({
      listen: options.listen,
      adminListen: options.adminListen,
      source: credentials,
      certificates: certificates.source,
      clients,
      checks: [credentials, ...certificates.checks],
      onResponse: (response) => metrics.countResponse(response),
      onRejection: (reason) => metrics.countRejection(reason),
      metrics,
      version,
      logger,
    });
    const following = [credentials.run(signal), certificates.run(signal)];
    const cause = await signals.first;
    logger.info({ signal: cause, graceSeconds: options.drainGrace / 1000 }, "Started to drain");
    await server.drain(options.drainGrace);
    ending.abort();
    await Promise.all(following);
    logger.info("Stopped");
    return 0;
  } finally {
    ending.abort();
    signals.release();
  }
}

/**
 * Opens manifests on disk, or the cluster.
 * @throws ConfigError when manifests or the client configuration cannot be read
 */
async function openCredentials(
  {
    credentials: paths,
    namespace,
    liveReadTimeout: liveReadTimeoutMs,
    credentialSelector,
    sharedNamespace,
    ...cluster
  }: ServeOptions,
  parts: Pick<ClusterSourceOptions, "version" | "logger" | "onWatchRestart">,
): Promise<FileCredentialSource | ClusterSource> {
  if (paths.length > 0) {
    const logger = parts.logger.child({ logger: "credentials" });
    // As for kubectl without a context.
    return openFileCredentialSource({ paths, defaultNamespace: "default", logger });
  }
  // The client library is large, and only here is it needed.
  const { createClusterSource } = await import("../../cluster/cluster-source.ts");
  return createClusterSource({
    ...parts,
    logger: parts.logger.child({ logger: "cluster" }),
    loadConfig: await openClientConfig(cluster),
    namespaces: namespace.length > 0 ? namespace : undefined,
    liveReadTimeoutMs,
    credentialSelector,
    sharedNamespace,
  });
}

/**
 * Waits for all parts, so that a person sees all that is wrong at once.
 * @throws ConfigError with each error of each part; an error that is not one of ours as it is, since a bug is not a wrong option
 */
async function openAll<Parts extends readonly unknown[]>(
  parts: { readonly [Index in keyof Parts]: Promise<Parts[Index]> },
): Promise<Parts> {
  const errors = new Set<string>();
  for (const attempt of await Promise.allSettled(parts)) {
    if (attempt.status === "rejected") {
      const error: unknown = attempt.reason;
      if (!(error instanceof AppError)) throw error;
      for (const line of error instanceof ConfigError ? error.errors : [error.message]) errors.add(line);
    }
  }
  if (errors.size > 0) throw new ConfigError([...errors]);
  return Promise.all(parts) as Promise<Parts>;
}
