/** `pullring controller`: composes what goes on after admission and runs it until a signal ends it. */
import type { ResourceName } from "../../cluster/objects/watched-resource.ts";
import { formatAddress } from "../../server/listen.ts";
import { startAdminServer } from "../../server/start-admin-server.ts";
import { HealingMetrics } from "../../telemetry/healing-metrics.ts";
import { createLogger } from "../../telemetry/logger.ts";
import { type CommandContext, readVersion } from "../command.ts";
import { openClientConfig } from "../flags/cluster-options.ts";
import { ExitSignals } from "../serve/shutdown.ts";
import type { ControllerOptions } from "./options.ts";

const WATCHED_RESOURCES: readonly ResourceName[] = ["secrets", "serviceaccounts", "pods"];

/**
 * Runs until SIGTERM or SIGINT; a second signal ends the process at once.
 * @returns 0
 * @throws AppError when it cannot start
 */
export async function controller(
  options: ControllerOptions,
  { exit, logDestination: destination }: CommandContext,
): Promise<number> {
  const { namespace, credentialSelector, webhookConfiguration, adminListen, logLevel } = options;
  const version = readVersion();
  const logger = createLogger({ level: logLevel, version, ...(destination && { destination }) });
  const signals = new ExitSignals({ exit, logger });
  const ending = new AbortController();
  try {
    const loadConfig = await openClientConfig(options, "name a kubeconfig with --kubeconfig");
    const { createHealing } = await import("../../controller/healing/healing.ts");
    const healing = createHealing({
      loadConfig,
      version,
      logger: logger.child({ logger: "healing" }),
      namespaces: namespace.length > 0 ? namespace : undefined,
      credentialSelector,
      webhookConfiguration,
      evictions:
        options.heal === "evict" ? { intervalMs: options.healInterval, maxParallel: options.healParallel } : undefined,
      onEvicted: (helpedSeconds) => metrics.countEviction(helpedSeconds),
      onWatchRestart: (resource) => metrics.countWatchRestart(resource),
    });
    const metrics = new HealingMetrics({
      version,
      watchedResources: WATCHED_RESOURCES,
      waitingPods: () => healing.countWaiting(),
    });
    const adminLogger = logger.child({ logger: "admin" });
    const admin = await startAdminServer(adminListen, {
      checks: healing.checks,
      version,
      metrics,
      logger: adminLogger,
    });
    adminLogger.info({ address: formatAddress(admin.address) }, "Listening");
    const running = healing.run(ending.signal);
    const cause = await signals.first;
    logger.info({ signal: cause }, "Stopping");
    ending.abort();
    await Promise.all([running, admin.close()]);
    logger.info("Stopped");
    return 0;
  } finally {
    ending.abort();
    signals.release();
  }
}
