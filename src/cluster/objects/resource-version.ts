/** Resource versions of the API server, as numbers, so that two of them can be compared. Says nothing about objects. */

/**
 * Parses a resource version; undefined when it is none. Versions of one server (all types together) are ordered by time.
 * They are decimal numbers below 2^53, so that the number gives the same text back.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions (comparable since KEP-5504)
 * @example parseResourceVersion("12345") // 12345
 */
export function parseResourceVersion(text: unknown): number | undefined {
  if (typeof text !== "string" || !/^[1-9][0-9]{0,15}$/.test(text)) {
    return undefined;
  }
  const version = Number(text);
  return Number.isSafeInteger(version) ? version : undefined;
}
