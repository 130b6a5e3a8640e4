/** Tells how far apart two short texts are, for finding a misspelt name. */

/**
 * Tells whether at most `max` letters of `left` are to be changed, inserted, left out or swapped with the next one to get
 * `right`. It takes up to 4 to the power of `max` comparisons.
 * @example isWithinEdits("gchr", "ghcr", 1) // true
 */
export function isWithinEdits(left: string, right: string, max: number): boolean {
  if (Math.abs(left.length - right.length) > max) return false;
  let same = 0;
  while (same < left.length && left[same] === right[same]) same += 1;
  const [a, b] = [left.slice(same), right.slice(same)];
  if (a === b) return true;
  return (
    max > 0 &&
    (isWithinEdits(a.slice(1), b.slice(1), max - 1) ||
      isWithinEdits(a, b.slice(1), max - 1) ||
      isWithinEdits(a.slice(1), b, max - 1) ||
      (a[0] === b[1] && a[1] === b[0] && isWithinEdits(a.slice(2), b.slice(2), max - 1)))
  );
}
