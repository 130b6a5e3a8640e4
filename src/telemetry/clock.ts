/** Time and chance as arguments: every part that waits or asks for the time is given a clock, so that tests decide both. */
import { setTimeout as wait } from "node:timers/promises";

/** What a part may ask of time and chance. */
export interface Clock {
  /** Wall clock time in milliseconds since 1970. It can jump. */
  now(): number;
  /** Milliseconds on a clock that never goes back; only differences mean something. */
  elapsed(): number;
  /** Resolves after `delayMs`, or as soon as `signal` aborts; never rejects. A pending delay keeps no process alive. */
  delay(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** At least 0, less than 1. */
  random(): number;
}

/** The clock of the machine. */
export const SYSTEM_CLOCK: Clock = {
  now: Date.now,
  elapsed: () => performance.now(),
  delay: (delayMs, signal) =>
    wait(delayMs, undefined, { ref: false, ...(signal !== undefined && { signal }) }).catch(() => undefined),
  random: Math.random,
};
