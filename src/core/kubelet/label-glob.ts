/**
 * Go's filepath.Match for one label of a host name. It never back-tracks: after a star the leftmost place that fits is taken
 * and never given back. Linear in time, but for classes behind a star, which only odd IPv6 zones can spell. `?` and `\\` are
 * absent: no URL has them in its host.
 */
import { findLiteral } from "./literal-search.ts";

/** A class of characters (`[a-z]`) as a table of bytes with 1 for each member, or one literal character. */
type Step = { readonly literal: string } | { readonly members: Uint8Array; readonly negated: boolean };

/** Steps that stand together, and whether a star stands before them. */
interface Chunk {
  readonly star: boolean;
  readonly steps: readonly Step[];
}

/**
 * Tells whether `pattern` matches the whole of `text`; a malformed pattern matches nothing.
 * @param pattern a byte string of a registry key's host label: `*`, `[classes]` and literal bytes
 * @param text one label of an image's host, ASCII
 * @see go path/filepath Match
 */
export function matchGlob(pattern: string, text: string): boolean {
  if (!hasGlob(pattern)) {
    return pattern === text;
  }
  return pattern.includes("[") ? matchClasses(pattern, text) : matchStars(pattern, text);
}

/** The usual case, stars alone, without making anything of the pattern first: some namespaces have thousands of them. */
function matchStars(pattern: string, text: string): boolean {
  const firstStar = pattern.indexOf("*");
  const lastStar = pattern.lastIndexOf("*");
  const suffix = pattern.slice(lastStar + 1);
  const isRoomy = text.length >= firstStar + suffix.length;
  if (!isRoomy || !text.startsWith(pattern.slice(0, firstStar)) || !text.endsWith(suffix)) {
    return false;
  }
  const end = text.length - suffix.length;
  let position = firstStar;
  for (let star = firstStar; star < lastStar; ) {
    const next = pattern.indexOf("*", star + 1);
    const literal = pattern.slice(star + 1, next);
    // A literal may be a megabyte, and looking for it takes as long even where it cannot be.
    const found = literal.length > end - position ? undefined : findLiteral(literal, text, position);
    if (found === undefined || found + literal.length > end) {
      return false;
    }
    position = found + literal.length;
    star = next;
  }
  return true;
}

function matchClasses(pattern: string, text: string): boolean {
  const chunks = parseChunks(pattern);
  if (chunks === undefined) {
    return false;
  }
  let position = 0;
  for (const [index, chunk] of chunks.entries()) {
    const last = index === chunks.length - 1;
    const end = findChunk(chunk, text, { position, mustEnd: last });
    if (end === undefined) {
      return false;
    }
    position = end;
  }
  return position === text.length;
}

/** Tells whether `pattern` holds a star or a class, so that it may match more than its own spelling. */
export function hasGlob(pattern: string): boolean {
  return /[*[]/.test(pattern);
}

/** Finds where `chunk` ends in `text`, from `position` on; undefined when it does not fit. */
function findChunk(
  chunk: Chunk,
  text: string,
  { position, mustEnd }: { readonly position: number; readonly mustEnd: boolean },
): number | undefined {
  if (!chunk.star) {
    return chunkFits(chunk, text, position) ? position + chunk.steps.length : undefined;
  }
  if (mustEnd) {
    const start = text.length - chunk.steps.length;
    return start >= position && chunkFits(chunk, text, start) ? text.length : undefined;
  }
  const literal = literalOf(chunk);
  if (literal !== undefined) {
    const start = findLiteral(literal, text, position);
    return start === undefined ? undefined : start + literal.length;
  }
  for (let start = position; start + chunk.steps.length <= text.length; start += 1) {
    if (chunkFits(chunk, text, start)) {
      return start + chunk.steps.length;
    }
  }
  return undefined;
}

/** The text that a chunk without classes spells; undefined when it has one. */
function literalOf({ steps }: Chunk): string | undefined {
  let literal = "";
  for (const step of steps) {
    if (!("literal" in step)) {
      return undefined;
    }
    literal += step.literal;
  }
  return literal;
}

function chunkFits(chunk: Chunk, text: string, start: number): boolean {
  return chunk.steps.every((step, offset) => stepFits(step, text[start + offset]));
}

function stepFits(step: Step, character: string | undefined): boolean {
  if (character === undefined) {
    return false;
  }
  if ("literal" in step) {
    return step.literal === character;
  }
  return (step.members[character.charCodeAt(0)] === 1) !== step.negated;
}

/** Splits a pattern at its stars, outside of classes; undefined when it is malformed. */
function parseChunks(pattern: string): readonly Chunk[] | undefined {
  const chunks: { star: boolean; steps: Step[] }[] = [{ star: false, steps: [] }];
  let position = 0;
  while (position < pattern.length) {
    const current = chunks.at(-1) as { star: boolean; steps: Step[] };
    const character = pattern.charAt(position);
    if (character === "*") {
      if (current.steps.length > 0) {
        chunks.push({ star: true, steps: [] });
      } else {
        current.star = true;
      }
      position += 1;
    } else if (character === "[") {
      const parsed = parseClass(pattern, position + 1);
      if (parsed === undefined) {
        return undefined;
      }
      current.steps.push(parsed.step);
      position = parsed.end;
    } else {
      current.steps.push({ literal: character });
      position += 1;
    }
  }
  return chunks;
}

/** Parses a class whose `[` stands before `start`; undefined when it is malformed or is not UTF-8. */
function parseClass(
  pattern: string,
  start: number,
): { readonly step: Step; readonly end: number } | undefined {
  const negated = pattern.charAt(start) === "^";
  const members = new Uint8Array(256);
  const first = negated ? start + 1 : start;
  let position = first;
  while (position === first || pattern.charAt(position) !== "]") {
    const low = classMember(pattern, position);
    const isRange = pattern.charAt(position + 1) === "-";
    const high = isRange ? classMember(pattern, position + 2) : low;
    if (low === undefined || high === undefined) {
      return undefined;
    }
    members.fill(1, low, high + 1);
    position += isRange ? 3 : 1;
  }
  return isUtf8(pattern.slice(start, position))
    ? { step: { members, negated }, end: position + 1 }
    : undefined;
}

/** The byte at `position`; undefined where a class ends too early or has a dash or bracket that Go refuses. */
function classMember(pattern: string, position: number): number | undefined {
  const character = pattern.charAt(position);
  return character === "" || character === "-" || character === "]" ? undefined : character.charCodeAt(0);
}

function isUtf8(byteString: string): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(
      Uint8Array.from(byteString, (byte) => byte.charCodeAt(0)),
    );
    return true;
  } catch {
    return false;
  }
}
