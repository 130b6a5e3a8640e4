/** `pullring controller`: composes what goes on after admission and runs it until a signal ends it. */
import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import type { ResourceName } from "../../cluster/objects/watched-resource.ts";
import { formatAddress } from "../../server/listen.ts";
import { startAdminServer } from "../../server/start-admin-server.ts";
import { ControllerMetrics } from "../../telemetry/controller-metrics.ts";
import { HealingMetrics } from "../../telemetry/healing-metrics.ts";
import type { HealthCheck } from "../../telemetry/health-check.ts";
import { createLogger, type Logger } from "../../telemetry/logger.ts";
import { SharingMetrics } from "../../telemetry/sharing-metrics.ts";
import { type CommandContext, readVersion } from "../command.ts";
import { openClientConfig } from "../flags/cluster-options.ts";
import { ExitSignals } from "../serve/shutdown.ts";
import type { ControllerOptions } from "./options.ts";

/** A part of the controller that is switched on. */
interface Part {
  readonly checks: readonly HealthCheck[];
  run(signal: AbortSignal): Promise<void>;
}

/** What all parts are made with. */
interface PartContext {
  readonly options: ControllerOptions;
  readonly loadConfig: () => KubeConfig;
  readonly version: string;
  readonly logger: Logger;
  readonly metrics: ControllerMetrics;
}

/**
 * Runs until SIGTERM or SIGINT; a second signal ends the process at once.
 * @returns 0
 * @throws AppError when it cannot start
 */
export async function controller(
  options: ControllerOptions,
  { exit, logDestination: destination }: CommandContext,
): Promise<number> {
  const { adminListen, logLevel } = options;
  const version = readVersion();
  const logger = createLogger({ level: logLevel, version, ...(destination && { destination }) });
  const signals = new ExitSignals({ exit, logger });
  const ending = new AbortController();
  try {
    const loadConfig = await openClientConfig(options, "name a kubeconfig with --kubeconfig");
    const metrics = new ControllerMetrics({ version, watchedResources: watchedResources(options) });
    const context = { options, loadConfig, version, logger, metrics };
    const parts = (await Promise.all([openHealing(context), openSharing(context)])).filter(
      (part) => part !== undefined,
    );
    const adminLogger = logger.child({ logger: "admin" });
    const checks = parts.flatMap((part) => part.checks);
    const admin = await startAdminServer(adminListen, { checks, version, metrics, logger: adminLogger });
    adminLogger.info({ address: formatAddress(admin.address) }, "Listening");
    const running = parts.map((part) => part.run(ending.signal));
    const cause = await signals.first;
    logger.info({ signal: cause }, "Stopping");
    ending.abort();
    await Promise.all([...running, admin.close()]);
    logger.info("Stopped");
    return 0;
  } finally {
    ending.abort();
    signals.release();
  }
}

function watchedResources({ heal, share }: ControllerOptions): readonly ResourceName[] {
  const own = [...(heal === undefined ? [] : ["serviceaccounts" as const]), ...(share ? ["namespaces" as const] : [])];
  return ["secrets", "pods", ...own];
}

async function openHealing({ options, metrics, logger, ...context }: PartContext): Promise<Part | undefined> {
  const { heal, healInterval, healParallel, namespace, credentialSelector, webhookConfiguration } = options;
  if (heal === undefined) return undefined;
  const { createHealing } = await import("../../controller/healing/healing.ts");
  const healing = createHealing({
    ...context,
    logger: logger.child({ logger: "healing" }),
    namespaces: namespace.length > 0 ? namespace : undefined,
    credentialSelector,
    webhookConfiguration,
    evictions: heal === "evict" ? { intervalMs: healInterval, maxParallel: healParallel } : undefined,
    onEvicted: (helpedSeconds) => healingMetrics.countEviction(helpedSeconds),
    onWatchRestart: (resource) => metrics.countWatchRestart(resource),
  });
  const healingMetrics = new HealingMetrics(metrics.registry, () => healing.countWaiting());
  return healing;
}

async function openSharing({ options, metrics, logger, ...context }: PartContext): Promise<Part | undefined> {
  const { share, sharedNamespace, namespace, webhookConfiguration, writeQps } = options;
  if (share === undefined || sharedNamespace === undefined) return undefined;
  const { createSharing } = await import("../../controller/sharing/sharing.ts");
  const sharing = createSharing({
    ...context,
    logger: logger.child({ logger: "sharing" }),
    sharedNamespace,
    namespaces: namespace.length > 0 ? namespace : undefined,
    webhookConfiguration,
    writesPerSecond: writeQps,
    onWritten: (step) => sharingMetrics.countWrite(step),
    onShared: (seconds) => sharingMetrics.countShared(seconds),
    onWatchRestart: (resource) => metrics.countWatchRestart(resource),
  });
  const sharingMetrics = new SharingMetrics(metrics.registry, () => sharing.count());
  return sharing;
}
