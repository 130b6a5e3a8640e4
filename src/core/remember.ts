/** Keeps what was worked out for texts that come again and again. */

/** Longest text that is kept: an image with its tag and digest has no more characters. */
const MAX_LENGTH = 512;
/** Most results of a function that are kept: the images of a rollout are few. */
const MAX_RESULTS = 1000;

/**
 * Gives `compute` with its results kept; all are forgotten when there are too many. Images repeat from request to request, and
 * without this the rows of CPU in docs/performance.md are not kept.
 * @param compute pure, and its results are never changed
 */
export function remember<Result extends object>(compute: (text: string) => Result): (text: string) => Result {
  const results = new Map<string, Result>();
  return (text) => {
    if (text.length > MAX_LENGTH) return compute(text);
    const known = results.get(text);
    if (known !== undefined) return known;
    const result = compute(text);
    if (results.size >= MAX_RESULTS) results.clear();
    results.set(text, result);
    return result;
  };
}
