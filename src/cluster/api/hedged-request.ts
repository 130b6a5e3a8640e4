/** Sends a request a second time, beside the first, when the first has been silent for long; the first answer counts. */
import type { Clock } from "../../telemetry/clock.ts";

/** What is sent, and when again. */
export interface HedgeOptions<T> {
  /** Sends the request once. The signal ends it, and what it resolved with. */
  readonly send: (signal: AbortSignal) => Promise<T>;
  /** Silence after which it is sent again, in milliseconds. */
  readonly hedgeAfterMs: number;
  /** Asked at that moment; false: the first one goes on alone. */
  readonly mayHedge: () => boolean;
  readonly clock: Clock;
}

/**
 * Gives the first result of at most two requests, and aborts the other one.
 * @throws what the first one threw, when all that were sent failed
 */
export async function hedgedRequest<T>(options: HedgeOptions<T>): Promise<T> {
  const { send, hedgeAfterMs, mayHedge, clock } = options;
  const aborts = [new AbortController(), new AbortController()] as const;
  const start = async (own: 0 | 1): Promise<T> => {
    const { signal } = aborts[own];
    const result = await send(signal);
    if (!signal.aborted) aborts[own === 0 ? 1 : 0].abort();
    return result;
  };
  const first = start(0);
  const answered = new AbortController();
  const isSilent = await Promise.race([
    first.then(() => false),
    clock.delay(hedgeAfterMs, answered.signal).then(() => true),
  ]).finally(() => answered.abort());
  return isSilent && mayHedge() ? Promise.any([first, start(1)]).catch(() => first) : first;
}
