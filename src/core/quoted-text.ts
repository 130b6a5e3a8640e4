/** Shows text that came from outside: bounded, in quotes, with nothing in it that could move a cursor or hide a word. */

/**
 * Quotes `text` for messages and tables. Everything but printable ASCII is escaped as in JSON; what is longer than `maxLength`
 * characters, quotes and all, is cut in its middle, so that both ends stay readable.
 * @example quoteText("a\nb", 20) // '"a\\nb"'
 */
export function quoteText(text: string, maxLength: number): string {
  // An image may have 1.5 million characters. What is shown comes from the ends: each character escapes to one or more.
  const ends = text.length <= 2 * maxLength ? text : text.slice(0, maxLength) + text.slice(-maxLength);
  return `"${cutMiddle(escapeText(ends), maxLength - 2)}"`;
}

/** Nothing of it is escaped. */
const PLAIN = /^[\x20!#-[\]-~]*$/;

/** Escapes everything but printable ASCII as JSON does, quotes and back slashes too. */
export function escapeText(text: string): string {
  if (PLAIN.test(text)) return text;
  const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(text)
    .slice(1, -1)
    .replace(/[^\x20-\x7e]/g, escapeUnit);
}

function cutMiddle(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const head = Math.ceil((maxLength - 3) / 2);
  return `${text.slice(0, head)}...${text.slice(text.length - (maxLength - 3 - head))}`;
}
