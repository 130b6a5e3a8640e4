/** How long to wait before the next attempt. It waits for nothing itself. */

/** Bounds of the first delay and of all that are our own. */
export interface BackoffLimits {
  readonly baseMs: number;
  readonly capMs: number;
}

/** As client-go's reflector has them (800 ms, 30 s). @see kubernetes client-go tools/cache/reflector.go */
export const DEFAULT_BACKOFF: BackoffLimits = { baseMs: 800, capMs: 30_000 };

/** A server may ask for more than our cap, but not for more than this. */
const MAX_RETRY_AFTER_MS = 300_000;

/**
 * Exponential back-off with full jitter: the delay is anything between 0 and a bound that doubles up to the cap.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #random: () => number;
  #bound: number;

  constructor(limits: BackoffLimits, random: () => number) {
    this.#limits = limits;
    this.#random = random;
    this.#bound = limits.baseMs;
  }

  /** Gives the delay before the next attempt: with jitter on top of `retryAfterMs`, which the server asked for. */
  fail(retryAfterMs = 0): number {
    const bound = Math.min(this.#limits.capMs, this.#bound);
    this.#bound = bound * 2;
    return Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) + this.#random() * bound;
  }

  /** The next failure is the first one again. */
  succeed(): void {
    this.#bound = this.#limits.baseMs;
  }
}
