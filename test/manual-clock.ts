/** A clock that stands still until a test moves it on. Its two times are the same, and its chance is the middle. */
import type { Clock } from "../src/telemetry/clock.ts";

interface Waiter {
  readonly at: number;
  readonly resolve: () => void;
}

/** @see Clock */
export class ManualClock implements Clock {
  /** All delays that were asked for, in milliseconds. */
  readonly delays: number[] = [];
  readonly #waiters = new Set<Waiter>();
  #time = 0;

  now(): number {
    return this.#time;
  }

  elapsed(): number {
    return this.#time;
  }

  random(): number {
    return 0.5;
  }

  delay(delayMs: number, signal?: AbortSignal): Promise<void> {
    this.delays.push(delayMs);
    return new Promise((resolve) => {
      const waiter = { at: this.#time + delayMs, resolve };
      this.#waiters.add(waiter);
      signal?.addEventListener("abort", () => resolve(), { once: true });
      this.advance(0);
      if (signal?.aborted === true) resolve();
    });
  }

  /** Moves the time on and ends the delays that are over. */
  advance(ms: number): void {
    this.#time += ms;
    for (const waiter of this.#waiters) {
      if (waiter.at <= this.#time) {
        this.#waiters.delete(waiter);
        waiter.resolve();
      }
    }
  }
}
