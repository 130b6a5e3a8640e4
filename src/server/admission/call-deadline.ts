/** How long the API server waits for the answer to one call, as the call itself tells. */

/**
 * What is kept back of the time-out, in milliseconds: for the way of the call and of its answer, for deciding, and for the
 * event loop to come round.
 */
const RESERVE_MS = 500;

/**
 * Gives the longest time that a call may wait for something, in milliseconds: 500 ms below the time-out that the API server
 * puts into the URL, which is the `timeoutSeconds` of the webhook configuration in force or the rest of the person's own
 * deadline. undefined when the URL names none.
 * @param url path and query of the call
 * @see kubernetes staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/mutating/dispatcher.go (r.Timeout: whole seconds)
 * @example waitLimitMs("/mutate?timeout=3s") // 2500
 */
export function waitLimitMs(url: string): number | undefined {
  const [, seconds] = /[?&]timeout=([0-9]{1,4})s(?:&|$)/.exec(url) ?? [];
  return seconds === undefined ? undefined : Math.max(0, Number(seconds) * 1_000 - RESERVE_MS);
}
