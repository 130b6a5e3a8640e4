/**
 * Finds one text in another in time linear in both, whatever they are (Knuth, Morris and Pratt). The engine's own indexOf
 * is faster on most texts, but takes length times length on hostile ones, and both texts come from outside.
 */

/** Gives the first place of `needle` in `text` at `from` or later; undefined when there is none. */
export function findLiteral(needle: string, text: string, from: number): number | undefined {
  if (needle === "") {
    return from;
  }
  if (needle.length === 1) {
    const found = text.indexOf(needle, from);
    return found < 0 ? undefined : found;
  }
  const borders = bordersOf(needle);
  let matched = 0;
  for (let position = from; position < text.length; position += 1) {
    while (matched > 0 && needle.charCodeAt(matched) !== text.charCodeAt(position)) {
      matched = borders[matched - 1] as number;
    }
    if (needle.charCodeAt(matched) === text.charCodeAt(position)) {
      matched += 1;
    }
    if (matched === needle.length) {
      return position + 1 - needle.length;
    }
  }
  return undefined;
}

/** For each prefix of `needle`: the length of its longest proper prefix that is also its suffix. */
function bordersOf(needle: string): Uint32Array {
  const borders = new Uint32Array(needle.length);
  let border = 0;
  for (let position = 1; position < needle.length; position += 1) {
    while (border > 0 && needle.charCodeAt(border) !== needle.charCodeAt(position)) {
      border = borders[border - 1] as number;
    }
    if (needle.charCodeAt(border) === needle.charCodeAt(position)) {
      border += 1;
    }
    borders[position] = border;
  }
  return borders;
}
