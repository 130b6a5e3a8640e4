/** Tells how far apart two short texts are, for finding a misspelt name. */

/** Longest text that is compared, in characters: a label of a host name is no longer. @see RFC 1035 section 2.3.4 */
const MAX_LENGTH = 63;

/**
 * Counts the letters to change, insert, leave out or swap with their neighbour until `left` is `right`; Infinity when that is
 * more than `max` or a text is too long.
 * @example editDistance("ghcr", "gchr", 2) // 1
 */
export function editDistance(left: string, right: string, max: number): number {
  if (Math.abs(left.length - right.length) > max || Math.max(left.length, right.length) > MAX_LENGTH) {
    return Number.POSITIVE_INFINITY;
  }
  let beforePrevious: readonly number[] = [];
  let previous: readonly number[] = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const change = left[row - 1] === right[column - 1] ? 0 : 1;
      const steps = [at(previous, column) + 1, at(current, column - 1) + 1, at(previous, column - 1) + change];
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (isSwap && row > 1 && column > 1) steps.push(at(beforePrevious, column - 2) + 1);
      current.push(Math.min(...steps));
    }
    [beforePrevious, previous] = [previous, current];
  }
  const distance = at(previous, right.length);
  return distance > max ? Number.POSITIVE_INFINITY : distance;
}

function at(distances: readonly number[], index: number): number {
  return distances[index] as number;
}
