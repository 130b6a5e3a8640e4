/** Reads JSON as kubectl does: one value after the other, with or without white space in between; of keys that stand twice the last. */
import { countLines } from "./split-documents.ts";

/** A key that stands twice in one object. */
export interface RepeatedKey {
  readonly key: string;
  /** Its line, counted from 1. */
  readonly line: number;
}

/** The values of a text, and the keys that are repeated in them. */
export interface ParsedDocument {
  readonly values: readonly unknown[];
  readonly repeated: readonly RepeatedKey[];
}

/** Parses `text`; undefined when it is not JSON, or does not begin as an object or an array does. */
export function parseJsonDocument(text: string): ParsedDocument | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  const values = parseValue(text) ?? parseStream(text);
  return values && { values, repeated: findRepeatedKeys(text) };
}

function parseValue(text: string): readonly unknown[] | undefined {
  try {
    return [JSON.parse(text)];
  } catch {
    return undefined;
  }
}

/** The objects of a stream, which end where their last brace is closed. */
function parseStream(text: string): readonly unknown[] | undefined {
  const values: unknown[] = [];
  let depth = 0;
  let start = 0;
  for (const { at, character } of scanJson(text)) {
    if (character === "{" || character === "[") depth += 1;
    if (character !== "}" && character !== "]") continue;
    depth -= 1;
    if (depth > 0) continue;
    const value = parseValue(text.slice(start, at + 1));
    if (value === undefined) return undefined;
    values.push(...value);
    start = at + 1;
  }
  return text.slice(start).trim() === "" ? values : undefined;
}

function findRepeatedKeys(text: string): readonly RepeatedKey[] {
  const repeated: RepeatedKey[] = [];
  const open: Set<string>[] = [];
  let quotedFrom = 0;
  let quotedTo = 0;
  for (const { at, character, end } of scanJson(text)) {
    if (character === "{" || character === "[") {
      open.push(new Set());
    } else if (character === "}" || character === "]") {
      open.pop();
    } else if (character === '"') {
      [quotedFrom, quotedTo] = [at + 1, end];
    } else {
      // A colon: what was quoted before it is a key.
      const key = text.slice(quotedFrom, quotedTo);
      const keys = open.at(-1);
      if (keys?.has(key)) repeated.push({ key, line: countLines(text.slice(0, at)) + 1 });
      keys?.add(key);
    }
  }
  return repeated;
}

interface Mark {
  readonly at: number;
  readonly character: string;
  /** Position of the closing quote; `at` for all others. */
  readonly end: number;
}

/** Gives the braces, brackets and colons outside quotes, and each quoted text once. */
function* scanJson(text: string): Generator<Mark, void, void> {
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (character === '"') {
      const end = closingQuote(text, at);
      yield { at, character, end };
      at = end;
    } else if ("{}[]:".includes(character)) {
      yield { at, character, end: at };
    }
  }
}

function closingQuote(text: string, opening: number): number {
  let at = opening;
  do {
    at = text.indexOf('"', at + 1);
    if (at < 0) return text.length;
  } while (isEscaped(text, at));
  return at;
}

function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === "\\") before -= 1;
  return (at - before) % 2 === 1;
}
