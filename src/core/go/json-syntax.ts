/** Checks the syntax of a JSON document on its bytes, as strictly as Go's encoding/json, without building any value. */
import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from "./ascii.ts";
import { endOfScalar, endOfString, skipWhiteSpace } from "./json-tokens.ts";

/** Deepest nesting of arrays and objects that is accepted. @see go encoding/json maxNestingDepth */
const MAX_DEPTH = 10_000;

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
  let depth = 0;
  let at = position;
  do {
    at = skipWhiteSpace(bytes, at);
    const byte = bytes[at];
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
    }
    at = isPunctuation(byte) ? at + 1 : endOfScalar(bytes, at);
  } while (depth > 0);
  return at;
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

function isPunctuation(byte: number | undefined): boolean {
  return (
    byte === OPEN_BRACE ||
    byte === OPEN_BRACKET ||
    byte === CLOSE_BRACE ||
    byte === CLOSE_BRACKET ||
    byte === COMMA ||
    byte === COLON
  );
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
