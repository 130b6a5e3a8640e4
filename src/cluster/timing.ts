/** Time and chance as arguments, so that tests decide both. */
import { setTimeout as wait } from "node:timers/promises";

/** What a long-lived part needs of the world to pace itself. */
export interface Timing {
  /** A clock that never goes back, in milliseconds. */
  now(): number;
  /** Resolves after `delayMs`, or as soon as `signal` aborts; never rejects. */
  delay(delayMs: number, signal: AbortSignal): Promise<void>;
  /** At least 0, less than 1. */
  random(): number;
}

/** The real ones. A pending delay keeps no process alive. */
export const REAL_TIMING: Timing = {
  now: () => performance.now(),
  delay: (delayMs, signal) => wait(delayMs, undefined, { signal, ref: false }).catch(() => undefined),
  random: Math.random,
};
