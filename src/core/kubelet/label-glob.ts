/**
 * Go's filepath.Match for one label of a host name. `?` and `\` are left out: no URL has them in its host.
 * @see go path/filepath Match
 */
import { decodeByteString } from "../go/byte-string.ts";

/** What stands between the stars of a label. */
export type LabelGlob = readonly Piece[];

/** A text; or, where it has a class, the ASCII characters that fit at each place. */
type Piece = string | readonly string[];

const CLASS = String.raw`\[(?:\^|(?!\^))(?:[^\]-](?:-[^\]-])?)+\]`;
const WELL_FORMED = new RegExp(`^(?:${CLASS}|[^[])*$`, "su");
const STEP = new RegExp(`${CLASS}|.`, "gsu");
const RANGE = /(.)(?:-(.))?/gsu;
const ASCII: readonly string[] = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

/** Tells whether `label` holds a star or a class (`[a-z]`), so that it may match more than its own spelling. */
export function hasGlob(label: string): boolean {
  return /[*[]/.test(label);
}

/** Parses a label, a byte string; undefined when it is malformed, so that it matches nothing. */
export function parseGlob(label: string): LabelGlob | undefined {
  const text = decodeByteString(label);
  if (text === undefined || !WELL_FORMED.test(text)) return undefined;
  const pieces: string[][] = [[]];
  for (const step of text.match(STEP) ?? []) {
    if (step === "*") {
      pieces.push([]);
    } else {
      pieces.at(-1)?.push(step);
    }
  }
  return pieces.map((steps) => (steps.some(isClass) ? steps.map(charactersOf) : steps.join("")));
}

function isClass(step: string): boolean {
  return step.startsWith("[");
}

function charactersOf(step: string): string {
  if (!isClass(step)) return step;
  const isNegated = step.startsWith("[^");
  const ranges = [...step.slice(isNegated ? 2 : 1, -1).matchAll(RANGE)];
  const isMember = (character: string): boolean =>
    ranges.some(([, low = "", high = low]) => low <= character && character <= high);
  return ASCII.filter((character) => isMember(character) !== isNegated).join("");
}

/**
 * Tells whether `glob` matches the whole of `text`, which is ASCII. The first place that fits a piece is never given back:
 * a later one leaves no more room for the pieces behind it.
 */
export function matchGlob(glob: LabelGlob, text: string): boolean {
  let end = 0;
  for (let index = 0; index < glob.length; index += 1) {
    const piece = glob[index] as Piece;
    const lastStart = text.length - piece.length;
    const from = index === glob.length - 1 ? Math.max(end, lastStart) : end;
    const start = findPiece(piece, text, from);
    if (start < 0 || start > (index === 0 ? 0 : lastStart)) return false;
    end = start + piece.length;
  }
  return true;
}

/** The first place of `piece` in `text`, at `from` or later; -1 when there is none. */
function findPiece(piece: Piece, text: string, from: number): number {
  if (typeof piece === "string") return text.indexOf(piece, from);
  let start = from;
  while (start + piece.length <= text.length) {
    if (piece.every((characters, offset) => characters.includes(text.charAt(start + offset)))) return start;
    start += 1;
  }
  return -1;
}
