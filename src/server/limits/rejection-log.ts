/** Logs clients that are turned away. A client can try again as fast as it likes: each reason is told once a minute, the rest at debug. */
import type { Logger } from "../../telemetry/logger.ts";
import { TURNED_AWAY_REASONS, type TurnedAwayObserver, type TurnedAwayReason } from "./rejection.ts";

const QUIET_MS = 60_000;

/**
 * Gives an observer that logs and then tells `onTurnedAway`.
 * @param now milliseconds of a clock that never goes back
 */
export function logTurnedAway(
  logger: Logger,
  onTurnedAway: TurnedAwayObserver,
  now: () => number = () => performance.now(),
): TurnedAwayObserver {
  const toldAtMs = new Map<TurnedAwayReason, number>();
  return (reason) => {
    onTurnedAway(reason);
    const nowMs = now();
    const last = toldAtMs.get(reason);
    const isQuiet = last !== undefined && nowMs - last < QUIET_MS;
    if (!isQuiet) {
      toldAtMs.set(reason, nowMs);
    }
    const fields = { reason, explanation: TURNED_AWAY_REASONS[reason] };
    logger[isQuiet ? "debug" : "warn"](fields, "Turned a client away");
  };
}
