/** Decodes JSON strings from their bytes as Go does. It makes no string that shares memory with the document. */
import { BACKSLASH, LETTER_U } from "./ascii.ts";
import { endOfString } from "./json-tokens.ts";

const REPLACEMENT = 0xfffd;
const ESCAPES: ReadonlyMap<string, number> = new Map([
  ["b", 0x08],
  ["f", 0x0c],
  ["n", 0x0a],
  ["r", 0x0d],
  ["t", 0x09],
]);

/**
 * Decodes the string whose opening quote stands at `position` of a document with checked syntax. Every byte that is not
 * UTF-8, and every unpaired surrogate escape, becomes U+FFFD.
 * @see go encoding/json unquoteBytes
 */
export function decodeJsonString(bytes: Uint8Array, position: number): string {
  const end = endOfString(bytes, position) - 1;
  const codePoints: number[] = [];
  let at = position + 1;
  while (at < end) {
    const byte = bytes[at] as number;
    const { codePoint, length } =
      byte === BACKSLASH
        ? decodeEscape(bytes, at)
        : byte < 0x80
          ? { codePoint: byte, length: 1 }
          : decodeUtf8(bytes, at, end);
    codePoints.push(codePoint);
    at += length;
  }
  return joinCodePoints(codePoints);
}

interface Decoded {
  readonly codePoint: number;
  /** Bytes that the character takes. */
  readonly length: number;
}

function decodeEscape(bytes: Uint8Array, at: number): Decoded {
  const letter = String.fromCharCode(bytes[at + 1] as number);
  if (letter !== "u") return { codePoint: ESCAPES.get(letter) ?? letter.charCodeAt(0), length: 2 };
  const unit = hexUnit(bytes, at + 2);
  if (unit < 0xd800 || unit > 0xdfff) return { codePoint: unit, length: 6 };
  const paired = unit < 0xdc00 && bytes[at + 6] === BACKSLASH && bytes[at + 7] === LETTER_U;
  const low = paired ? hexUnit(bytes, at + 8) : 0;
  return low >= 0xdc00 && low <= 0xdfff
    ? { codePoint: 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00), length: 12 }
    : { codePoint: REPLACEMENT, length: 6 };
}

function hexUnit(bytes: Uint8Array, at: number): number {
  return Number.parseInt(String.fromCharCode(...bytes.subarray(at, at + 4)), 16);
}

/** Decodes one character of UTF-8; a byte that starts none is a replacement character of its own. */
function decodeUtf8(bytes: Uint8Array, at: number, end: number): Decoded {
  const first = bytes[at] as number;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const bad: Decoded = { codePoint: REPLACEMENT, length: 1 };
  if (first < 0xc2 || first > 0xf4 || at + length > end) return bad;
  let codePoint = first & (0xff >> (length + 1));
  for (let offset = 1; offset < length; offset += 1) {
    const byte = bytes[at + offset] as number;
    if (byte >> 6 !== 0b10) return bad;
    codePoint = (codePoint << 6) | (byte & 0x3f);
  }
  const smallest = length === 4 ? 0x10000 : length === 3 ? 0x800 : 0x80;
  const surrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
  return codePoint < smallest || codePoint > 0x10ffff || surrogate ? bad : { codePoint, length };
}

/** Joins in slices, as a call takes only so many arguments. */
function joinCodePoints(codePoints: readonly number[]): string {
  let text = "";
  for (let start = 0; start < codePoints.length; start += 8192) {
    text += String.fromCodePoint(...codePoints.slice(start, start + 8192));
  }
  return text;
}
