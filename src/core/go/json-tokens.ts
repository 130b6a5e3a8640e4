/** The tokens of JSON on bytes: where a scalar that starts at a position ends. They build no value. */
import { BACKSLASH, LETTER_N, LETTER_U, QUOTE } from "./ascii.ts";

/** Gives the first position from `position` on that holds no JSON white space. */
export function skipWhiteSpace(bytes: Uint8Array, position: number): number {
  let at = position;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at += 1;
  return at;
}

/** Gives the position behind the string, number, `true`, `false` or `null` at `position`; -1 when there is none. */
export function endOfScalar(bytes: Uint8Array, position: number): number {
  switch (bytes[position]) {
    case QUOTE:
      return endOfString(bytes, position);
    case 0x74:
      return endOfWord(bytes, position, "true");
    case 0x66:
      return endOfWord(bytes, position, "false");
    case LETTER_N:
      return endOfWord(bytes, position, "null");
    default:
      return endOfNumber(bytes, position);
  }
}

function endOfWord(bytes: Uint8Array, position: number, word: string): number {
  for (let offset = 0; offset < word.length; offset += 1) {
    if (bytes[position + offset] !== word.charCodeAt(offset)) return -1;
  }
  return position + word.length;
}

/** Gives the position behind the string whose opening quote stands at `position`; -1 when it is malformed. */
export function endOfString(bytes: Uint8Array, position: number): number {
  let at = position + 1;
  for (;;) {
    const byte = bytes[at];
    if (byte === undefined || byte < 0x20) return -1;
    if (byte === QUOTE) return at + 1;
    at = byte === BACKSLASH ? endOfEscape(bytes, at + 1) : at + 1;
    if (at < 0) return -1;
  }
}

function endOfEscape(bytes: Uint8Array, position: number): number {
  const byte = bytes[position];
  if (byte === LETTER_U) {
    const hex = String.fromCharCode(...bytes.subarray(position + 1, position + 5));
    return /^[0-9a-fA-F]{4}$/.test(hex) ? position + 5 : -1;
  }
  return byte !== undefined && '"\\/bfnrt'.includes(String.fromCharCode(byte)) ? position + 1 : -1;
}

function endOfNumber(bytes: Uint8Array, position: number): number {
  let at = bytes[position] === 0x2d ? position + 1 : position;
  at = bytes[at] === 0x30 ? at + 1 : endOfDigits(bytes, at);
  if (at >= 0 && bytes[at] === 0x2e) at = endOfDigits(bytes, at + 1);
  if (at >= 0 && (bytes[at] === 0x65 || bytes[at] === 0x45)) {
    const signed = bytes[at + 1] === 0x2b || bytes[at + 1] === 0x2d;
    at = endOfDigits(bytes, signed ? at + 2 : at + 1);
  }
  return at;
}

/** The position behind one digit or more; -1 when there is none. */
function endOfDigits(bytes: Uint8Array, position: number): number {
  let at = position;
  while (isDigit(bytes[at])) at += 1;
  return at === position ? -1 : at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
