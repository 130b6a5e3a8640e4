/** Notices that nothing has come for too long. It ends nothing itself. */
import type { Clock } from "../../telemetry/clock.ts";

/** Watches over one stream; ends with the signal it is given. */
export class StallWatchdog {
  readonly #clock: Clock;
  readonly #idleTimeoutMs: number;
  #lastSign: number;

  /** @param idleTimeoutMs longest silence that is still normal */
  constructor(clock: Clock, idleTimeoutMs: number) {
    this.#clock = clock;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#lastSign = clock.elapsed();
  }

  /** Takes note of a sign of life. */
  touch(): void {
    this.#lastSign = this.#clock.elapsed();
  }

  /** Resolves with true once the silence has lasted too long, with false when `signal` aborts before. */
  async stalled(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      const leftMs = this.#lastSign + this.#idleTimeoutMs - this.#clock.elapsed();
      if (leftMs <= 0) {
        return true;
      }
      await this.#clock.delay(leftMs, signal);
    }
    return false;
  }
}
