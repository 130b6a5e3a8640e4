/** Tries again, beside the first attempt, what has been silent for suspiciously long; the first success counts. */

/** What is tried, and when again. */
export interface Attempts<T> {
  readonly attempt: (signal: AbortSignal) => Promise<T>;
  /** Silence after which the second attempt is made, in milliseconds. */
  readonly hedgeAfterMs: number;
  /** Asked at that moment; false: the first attempt goes on alone. */
  readonly mayTryAgain: () => boolean;
  /** Gets the result of an attempt that came too late to count. */
  readonly discard: (result: T) => void;
}

/**
 * Gives the first result of at most two attempts. The other attempt is aborted, or discarded when it has a result as well.
 * @throws what the first attempt threw, when all that were made failed
 */
export async function hedgedRequest<T>({
  attempt,
  hedgeAfterMs,
  mayTryAgain,
  discard,
}: Attempts<T>): Promise<T> {
  const aborts: AbortController[] = [];
  const attempts: Promise<T>[] = [];
  let winner: number | undefined;
  const start = (): Promise<T> => {
    const abort = new AbortController();
    const place = aborts.push(abort) - 1;
    const made = attempt(abort.signal).then((result) => {
      if (winner === undefined) {
        winner = place;
        aborts
          .filter((other) => other !== abort)
          .forEach((other) => {
            other.abort();
          });
      } else {
        discard(result);
      }
      return result;
    });
    attempts.push(made);
    return made;
  };
  const first = start();
  let timer: NodeJS.Timeout | undefined;
  const suspicion = new Promise<"suspicious">((resolve) => {
    timer = setTimeout(resolve, hedgeAfterMs, "suspicious");
  });
  const isSuspicious = await Promise.race([first, suspicion])
    .then((end) => end === "suspicious")
    .finally(() => {
      clearTimeout(timer);
    });
  if (!isSuspicious || !mayTryAgain()) {
    return first;
  }
  start();
  return Promise.any(attempts).catch(() => first);
}
