/**
 * Builds from the bytes of a JSON object only the members that are asked for. What is not asked for, a password above all,
 * never becomes a string; and no string that comes out shares memory with the document.
 */
import { BACKSLASH, OPEN_BRACE, OPEN_BRACKET, QUOTE } from "../../core/go/ascii.ts";
import { decodeJsonString } from "../../core/go/json-string.ts";
import { endOfString, forEachElement, forEachMember, isJson, skipValue } from "../../core/go/json-syntax.ts";
import type { JsonObject } from "../../core/json-value.ts";

/**
 * What to build of a value:
 * - `value`: all of it
 * - `bytes`: nothing, but the bytes that it is written with; they are those of the document
 * - `short-texts`: an object of texts, which are empty where they are long (labels and annotations: the annotation
 *   `kubectl.kubernetes.io/last-applied-configuration` holds whole payloads)
 * - a tree: these members of an object
 * - a tree in brackets: these members of each object of an array, its other elements being null
 */
export type Selection = "value" | "bytes" | "short-texts" | Tree | readonly [Tree];
type Tree = { readonly [member: string]: Selection };

/** Label values have 63 characters at most. */
const MAX_SHORT_TEXT_BYTES = 64;

/**
 * Builds the selected members of the document `bytes`; undefined when it is not a JSON object. A member that stands there
 * twice counts the last time, one that is not an object where an object is selected is left out.
 */
export function pickMembers(bytes: Uint8Array, selection: Tree): JsonObject | undefined {
  return isJson(bytes) && bytes[0] === OPEN_BRACE ? pickAt(bytes, 0, selection) : undefined;
}

function pickAt(bytes: Uint8Array, position: number, selection: Tree): JsonObject {
  const picked: Record<string, unknown> = {};
  forEachMember(bytes, position, (nameAt, valueAt) => {
    const name = readText(bytes, nameAt);
    const wanted = Object.hasOwn(selection, name) ? selection[name] : undefined;
    if (wanted === "value") {
      picked[name] = buildValue(bytes, valueAt);
    } else if (wanted === "bytes") {
      picked[name] = bytes.subarray(valueAt, skipValue(bytes, valueAt));
    } else if (isEach(wanted)) {
      if (bytes[valueAt] === OPEN_BRACKET) picked[name] = pickEach(bytes, valueAt, wanted[0]);
    } else if (wanted !== undefined && bytes[valueAt] === OPEN_BRACE) {
      picked[name] = wanted === "short-texts" ? pickShortTexts(bytes, valueAt) : pickAt(bytes, valueAt, wanted);
    }
  });
  return picked;
}

function isEach(selection: Selection | undefined): selection is readonly [Tree] {
  return Array.isArray(selection);
}

function pickEach(bytes: Uint8Array, position: number, selection: Tree): readonly (JsonObject | null)[] {
  const elements: (JsonObject | null)[] = [];
  forEachElement(bytes, position, (valueAt) => {
    elements.push(bytes[valueAt] === OPEN_BRACE ? pickAt(bytes, valueAt, selection) : null);
  });
  return elements;
}

function pickShortTexts(bytes: Uint8Array, position: number): JsonObject {
  const texts: [string, string][] = [];
  forEachMember(bytes, position, (nameAt, valueAt) => {
    if (bytes[valueAt] !== QUOTE) return;
    const isShort = endOfString(bytes, valueAt) - valueAt <= MAX_SHORT_TEXT_BYTES + 2;
    texts.push([readText(bytes, nameAt), isShort ? readText(bytes, valueAt) : ""]);
  });
  return Object.fromEntries(texts);
}

function buildValue(bytes: Uint8Array, position: number): unknown {
  if (bytes[position] === QUOTE) return readText(bytes, position);
  return JSON.parse(viewOf(bytes).toString("utf8", position, skipValue(bytes, position)));
}

/** The string at `position`; by the short way where it has neither escapes nor anything beyond ASCII, as nearly all. */
function readText(bytes: Uint8Array, position: number): string {
  const end = endOfString(bytes, position) - 1;
  for (let at = position + 1; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === BACKSLASH || byte >= 0x80) return decodeJsonString(bytes, position);
  }
  return viewOf(bytes).toString("latin1", position + 1, end);
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
