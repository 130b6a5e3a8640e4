/** Waiting for a state that the control plane reaches by itself. The limit is a watchdog, never an assertion about speed. */
import { setTimeout as sleep } from "node:timers/promises";

/** How long and how often to look. */
export interface WaitOptions {
  /** Default 60,000. */
  readonly timeoutMs?: number;
  /** Pause between two looks; default 50. */
  readonly intervalMs?: number;
}

/**
 * Calls `look` until it returns something other than undefined and false, and returns that. An error of `look` ends the wait.
 * @param what what is waited for, as in "the Pod of Deployment web"
 * @throws Error that names `what` when the time is over
 */
export async function waitUntil<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions = {},
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await sleep(options.intervalMs ?? 50);
  }
}
