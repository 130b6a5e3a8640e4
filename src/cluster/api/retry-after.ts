/** Reads the header by which a server asks to be left alone for a while. */

/**
 * Parses `Retry-After` into milliseconds; undefined when there is none that can be read. The API server sends seconds; the
 * date form, which proxies use, is read against `nowMs` (Unix time).
 * @see RFC 9110 section 10.2.3
 * @example retryAfterMsOf("2") // 2000
 */
export function retryAfterMsOf(
  header: string | readonly string[] | undefined,
  nowMs: number = Date.now(),
): number | undefined {
  const text = (typeof header === "string" ? header : header?.[0])?.trim();
  if (text === undefined || text === "") {
    return undefined;
  }
  if (/^[0-9]{1,9}$/.test(text)) {
    return Number(text) * 1_000;
  }
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
