/** Notices that nothing has come for too long. It ends nothing itself. */
import type { Timing } from "../timing.ts";

/** Watches over one stream; ends with the signal it is given. */
export class StallWatchdog {
  readonly #timing: Timing;
  readonly #idleTimeoutMs: number;
  #lastSign: number;

  /** @param idleTimeoutMs longest silence that is still normal */
  constructor(timing: Timing, idleTimeoutMs: number) {
    this.#timing = timing;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#lastSign = timing.now();
  }

  /** Takes note of a sign of life. */
  touch(): void {
    this.#lastSign = this.#timing.now();
  }

  /** Resolves with true once the silence has lasted too long, with false when `signal` aborts before. */
  async stalled(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      const leftMs = this.#lastSign + this.#idleTimeoutMs - this.#timing.now();
      if (leftMs <= 0) {
        return true;
      }
      await this.#timing.delay(leftMs, signal);
    }
    return false;
  }
}
