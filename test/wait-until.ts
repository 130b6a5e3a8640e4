/** The one way in which tests wait for a state. The limit ends a test that hangs; it is never an assertion about speed. */
import { setTimeout as sleep } from "node:timers/promises";

/** How long and how often to check. */
export interface WaitOptions {
  /** Default 60,000; a deadline is always there. */
  readonly timeoutMs?: number;
  /** Pause between two checks; default 20. */
  readonly intervalMs?: number;
}

/**
 * Calls `check` until it returns something other than undefined and false, and returns that. An error of `check` ends the wait.
 * @param what what is waited for, as in "the Pod of Deployment web"
 * @throws Error that names `what` when the time is over
 */
export async function waitUntil<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions = {},
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await sleep(options.intervalMs ?? 20);
  }
}
