/** Finds the name that a person most likely meant. */

/** Most edits between what was typed and what is suggested. */
const MAX_EDITS = 2;

/** Gives the name nearest to `typed`; undefined when none is within two edits, or none is nearer than an empty text. */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  const ranked = names
    .filter((name) => Math.abs(name.length - typed.length) <= MAX_EDITS)
    .map((name) => ({ name, edits: countEdits(typed, name) }))
    .filter(({ name, edits }) => edits <= MAX_EDITS && edits < name.length)
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.name;
}

/** The Levenshtein distance, row by row. */
function countEdits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
