/** Checks the syntax of a JSON document on its bytes, as strictly as Go's encoding/json, without building any value. */
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  LETTER_N,
  LETTER_U,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from "./ascii.ts";

/** Deepest nesting of arrays and objects that is accepted. @see go encoding/json maxNestingDepth */
const MAX_DEPTH = 10_000;
/** By the first byte. */
const WORDS: ReadonlyMap<unknown, string> = new Map([
  [LETTER_N, "null"],
  [0x74, "true"],
  [0x66, "false"],
]);

/** Tells whether `bytes` is one JSON value with nothing but white space around it. A byte order mark is an error. */
export function isJson(bytes: Uint8Array): boolean {
  /** The bytes that close the arrays and objects which are open, outermost first. */
  const closers: number[] = [];
  let position = skipWhiteSpace(bytes, 0);
  while (position >= 0) {
    const opened = bytes[position];
    if (opened === OPEN_BRACE || opened === OPEN_BRACKET) {
      closers.push(opened + 2);
      if (closers.length > MAX_DEPTH) return false;
      position = skipWhiteSpace(bytes, position + 1);
      if (bytes[position] !== opened + 2) {
        position = startOfElement(bytes, position, opened + 2);
        continue;
      }
    } else {
      position = endOfScalar(bytes, position);
    }
    position = closeAll(bytes, position, closers);
    if (closers.length === 0) return position === bytes.length;
    const next = bytes[position] === COMMA ? skipWhiteSpace(bytes, position + 1) : -1;
    position = startOfElement(bytes, next, closers.at(-1));
  }
  return false;
}

/** Gives the position behind the value that starts at `position` of a document that {@link isJson} has passed. */
export function skipValue(bytes: Uint8Array, position: number): number {
  if (!isOpening(bytes[position])) return endOfScalar(bytes, position);
  let depth = 0;
  let at = position;
  do {
    const byte = bytes[at];
    if (isOpening(byte)) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
    at = byte === QUOTE ? endOfString(bytes, at) : at + 1;
  } while (depth > 0);
  return at;
}

function isOpening(byte: number | undefined): boolean {
  return byte === OPEN_BRACE || byte === OPEN_BRACKET;
}

/**
 * Reads the members of the object at `position` of a document that {@link isJson} has passed: calls `visit` with where each
 * name and each value starts, in order, duplicates and all.
 */
export function forEachMember(bytes: Uint8Array, position: number, visit: (name: number, value: number) => void): void {
  let at = skipWhiteSpace(bytes, position + 1);
  while (bytes[at] !== CLOSE_BRACE) {
    const value = startOfElement(bytes, at, CLOSE_BRACE);
    visit(at, value);
    at = skipWhiteSpace(bytes, skipValue(bytes, value));
    at = bytes[at] === COMMA ? skipWhiteSpace(bytes, at + 1) : at;
  }
}

/** Reads the elements of the array at `position` of such a document: calls `visit` with where each starts, in order. */
export function forEachElement(bytes: Uint8Array, position: number, visit: (value: number) => void): void {
  let at = skipWhiteSpace(bytes, position + 1);
  while (bytes[at] !== CLOSE_BRACKET) {
    visit(at);
    at = skipWhiteSpace(bytes, skipValue(bytes, at));
    at = bytes[at] === COMMA ? skipWhiteSpace(bytes, at + 1) : at;
  }
}

/** Passes over the closers that stand at `position` and takes them off `closers`. */
function closeAll(bytes: Uint8Array, position: number, closers: number[]): number {
  if (position < 0) return -1;
  let at = skipWhiteSpace(bytes, position);
  while (closers.length > 0 && bytes[at] === closers.at(-1)) {
    closers.pop();
    at = skipWhiteSpace(bytes, at + 1);
  }
  return at;
}

/** Where the value of an element starts: behind its name and colon in an object, at once in an array; -1 for neither. */
function startOfElement(bytes: Uint8Array, position: number, closer: number | undefined): number {
  if (closer !== CLOSE_BRACE || position < 0) return position;
  const end = bytes[position] === QUOTE ? endOfString(bytes, position) : -1;
  const colon = end < 0 ? -1 : skipWhiteSpace(bytes, end);
  return colon >= 0 && bytes[colon] === COLON ? skipWhiteSpace(bytes, colon + 1) : -1;
}

/** Gives the first position from `position` on that holds no JSON white space. */
export function skipWhiteSpace(bytes: Uint8Array, position: number): number {
  let at = position;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at += 1;
  return at;
}

/** Gives the position behind the string, number, `true`, `false` or `null` at `position`; -1 when there is none. */
export function endOfScalar(bytes: Uint8Array, position: number): number {
  if (bytes[position] === QUOTE) return endOfString(bytes, position);
  const word = WORDS.get(bytes[position]);
  return word === undefined ? endOfNumber(bytes, position) : endOfWord(bytes, position, word);
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
