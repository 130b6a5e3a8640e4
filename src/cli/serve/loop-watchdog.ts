/**
 * Ends the process when its event loop is stuck. A thread of its own looks once a second whether the loop still counts; a loop
 * that does not can neither answer reviews nor end itself. It counts looks and not seconds: while the whole process is
 * suspended (SIGSTOP, a sleeping machine) nobody looks, so that nothing is held against the loop.
 */
import { Worker } from "node:worker_threads";
import type { Logger } from "../../telemetry/logger.ts";
import { WATCHDOG_THREAD } from "./watchdog-thread.ts";

/** How long the loop may be stuck. */
export interface LoopWatchdogOptions {
  /** Looks in a row that find the loop as it was. */
  readonly maxLooks: number;
  /** Milliseconds between two looks. */
  readonly lookIntervalMs: number;
}

/**
 * Half a minute: no API server waits longer for a webhook (timeoutSeconds is 30 at most), and it is half of what the kubelet
 * waits for /livez with the probe of the manifests.
 */
export const DEFAULT_WATCHDOG: LoopWatchdogOptions = { maxLooks: 30, lookIntervalMs: 1000 };

/** Bounds, of which the thread needs a part: V8 ends the whole process when a thread cannot start in 2 MB. In MB. */
const THREAD_LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 };

/** Starts the thread; it ends with the process, or with the call of the function that is given back. */
export function startLoopWatchdog(
  logger: Logger,
  { maxLooks, lookIntervalMs }: LoopWatchdogOptions = DEFAULT_WATCHDOG,
): () => void {
  // The first number counts what the loop does, the second is 1 once the thread is to end.
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const { version } = logger.bindings();
  const line = { version, logger: "watchdog", blockedSeconds: (maxLooks * lookIntervalMs) / 1000 };
  const thread = new Worker(WATCHDOG_THREAD, {
    eval: true,
    env: {},
    execArgv: [],
    resourceLimits: THREAD_LIMITS,
    workerData: { shared, maxLooks, lookIntervalMs, line: logger.isLevelEnabled("fatal") ? line : null },
  });
  thread.unref();
  thread.on("error", (error) => logger.error({ err: error }, "Lost the watchdog of the event loop"));
  const timer = setInterval(() => Atomics.add(shared, 0, 1), lookIntervalMs / 2);
  timer.unref();
  return () => {
    clearInterval(timer);
    Atomics.store(shared, 1, 1);
    Atomics.notify(shared, 1);
  };
}
