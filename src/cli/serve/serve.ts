/** `pullring serve`: composes the webhook from its parts and runs it until a signal ends it. */
import { ConfigError } from "../../core/app-error.ts";
import type { ClientPolicy } from "../../server/client-auth/client-certificates.ts";
import { REJECTION_REASONS } from "../../server/limits/rejection.ts";
import { startServer } from "../../server/start-server.ts";
import { createLogger, type Logger } from "../../telemetry/logger.ts";
import { PullringMetrics } from "../../telemetry/pullring-metrics.ts";
import type { CommandContext } from "../command.ts";
import type { FlagValues } from "../flags/flag.ts";
import { readVersion } from "../version.ts";
import { createCertificates, type ServedCertificates } from "./certificates.ts";
import { createClientAuth } from "./client-auth.ts";
import { createCredentials, type ServedCredentials } from "./credentials.ts";
import { gatherFaults } from "./gather-faults.ts";
import { startLoopWatchdog } from "./loop-watchdog.ts";
import type { ServeFlags } from "./options.ts";
import { ExitSignals } from "./shutdown.ts";

/**
 * Serves until SIGTERM or SIGINT, then drains; a second signal ends the process at once.
 * @returns 0 after a drain
 * @throws AppError when it cannot start; a ConfigError names all that is wrong with credentials, certificate and clients
 */
export async function serve(flags: FlagValues<ServeFlags>, context: CommandContext): Promise<number> {
  const version = readVersion();
  const logger = createLogger({ level: flags["log-level"], version });
  const signals = new ExitSignals(context.exit, logger);
  const stopWatchdog = startLoopWatchdog(logger);
  const ending = new AbortController();
  try {
    const { credentials, certificates, clients, metrics } = await openParts(flags, {
      version,
      logger,
      signal: ending.signal,
    });
    const server = await startServer({
      listen: flags.listen,
      adminListen: flags["admin-listen"],
      source: credentials.source,
      certificates: certificates.source,
      clients,
      checks: [
        {
          name: "credentials",
          notReady: () => credentials.readiness(),
          problem: () => credentials.problem(),
        },
        {
          name: "managed-certificate",
          notReady: () => certificates.readiness(),
          problem: () => certificates.problem(),
        },
      ],
      onResponse: (answer) => metrics.countResponse(answer),
      onRejection: (reason) => metrics.countRejection(reason),
      metrics,
      version,
      logger,
    });
    const following = [credentials.run(ending.signal), certificates.run(ending.signal)];
    const signal = await signals.first;
    logger.info({ signal, graceSeconds: flags["drain-grace"] / 1000 }, "Started to drain");
    await server.drain(flags["drain-grace"]);
    ending.abort();
    await Promise.all(following);
    logger.info("Stopped");
    return 0;
  } finally {
    ending.abort();
    stopWatchdog();
    signals.release();
  }
}

interface Parts {
  readonly credentials: ServedCredentials;
  readonly certificates: ServedCertificates;
  readonly clients: ClientPolicy | undefined;
  readonly metrics: PullringMetrics;
}

interface Surroundings {
  readonly version: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

async function openParts(flags: FlagValues<ServeFlags>, surroundings: Surroundings): Promise<Parts> {
  const metrics = new PullringMetrics({
    version: surroundings.version,
    rejectionReasons: Object.keys(REJECTION_REASONS),
    watchedResources: ["secrets", "serviceaccounts"],
    credentialSecrets: () => parts?.credentials.count().credentials,
    invalidSecrets: () => parts?.credentials.count().malformed,
    certificateExpiryMs: () => parts?.certificates.source.current()?.expiresAtMs,
  });
  let parts: Parts | undefined;
  const onWatchRestart = metrics.countWatchRestart.bind(metrics);
  const attempts = await Promise.allSettled([
    createCredentials(flags, { ...surroundings, onWatchRestart }),
    createCertificates(flags, surroundings),
    createClientAuth(flags, surroundings),
  ]);
  const [credentials, certificates, clients] = attempts;
  if (
    credentials.status === "fulfilled" &&
    certificates.status === "fulfilled" &&
    clients.status === "fulfilled"
  ) {
    parts = {
      ...{ credentials: credentials.value, certificates: certificates.value },
      ...{ clients: clients.value, metrics },
    };
    return parts;
  }
  throw new ConfigError([...new Set(gatherFaults(attempts))]);
}
