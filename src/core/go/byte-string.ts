/**
 * Byte strings: text whose every character stands for one byte of its UTF-8 form, as the kubelet's Go strings do.
 * Prefix tests, splits and orders on byte strings are those of Go.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range is meant, controls and all
const ASCII = /^[\x00-\x7f]*$/;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Gives the byte string of `text`; text of ASCII alone is its own byte string. Unpaired surrogates count as U+FFFD. */
export function toByteString(text: string): string {
  if (ASCII.test(text)) return text;
  let result = "";
  for (const byte of encoder.encode(text)) result += String.fromCharCode(byte);
  return result;
}

/** How many bytes the UTF-8 form of `text` has. */
export function countBytes(text: string): number {
  return encoder.encode(text).length;
}

/** Gives the text whose byte string this is; undefined when the bytes are not UTF-8. */
export function decodeByteString(byteString: string): string | undefined {
  if (ASCII.test(byteString)) return byteString;
  return decodeUtf8(Uint8Array.from(byteString, (byte) => byte.charCodeAt(0)));
}

/** Gives the text of bytes; undefined when they are not UTF-8. A byte order mark is text. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Orders two texts by their UTF-8 bytes, as Go's `<` on strings does: negative, 0 or positive. */
export function compareBytes(left: string, right: string): number {
  const a = toByteString(left);
  const b = toByteString(right);
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
