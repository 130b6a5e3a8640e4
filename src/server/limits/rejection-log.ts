/** Logs clients that are turned away. A client can try again as fast as it likes: each reason is told once a minute, the rest at debug. */
import type { Logger } from "../../telemetry/logger.ts";
import { REJECTION_REASONS, type RejectionObserver, type RejectionReason } from "./rejection.ts";

const QUIET_MS = 60_000;

/**
 * Gives an observer that logs and then tells `onRejection`.
 * @param now milliseconds of a clock that never goes back
 */
export function logRejections(
  logger: Logger,
  onRejection: RejectionObserver,
  now: () => number = () => performance.now(),
): RejectionObserver {
  const toldAtMs = new Map<RejectionReason, number>();
  return (reason) => {
    onRejection(reason);
    const nowMs = now();
    const last = toldAtMs.get(reason);
    const isQuiet = last !== undefined && nowMs - last < QUIET_MS;
    if (!isQuiet) {
      toldAtMs.set(reason, nowMs);
    }
    const fields = { reason, explanation: REJECTION_REASONS[reason] };
    logger[isQuiet ? "debug" : "warn"](fields, "Turned a client away");
  };
}
