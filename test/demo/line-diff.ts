/** Shows how two texts differ, line by line, with the whole of both in view. */

/** One line of a diff. */
export interface DiffLine {
  readonly sign: " " | "+" | "-";
  readonly text: string;
}

/** Gives the lines of both texts in order: those they share once, the others with the sign of their side. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const left = before.split("\n");
  const right = after.split("\n");
  const common = commonLengths(left, right);
  const lines: DiffLine[] = [];
  let [l, r] = [0, 0];
  while (l < left.length || r < right.length) {
    const [leftLine, rightLine] = [left[l], right[r]];
    if (leftLine !== undefined && leftLine === rightLine) {
      lines.push({ sign: " ", text: leftLine });
      l += 1;
      r += 1;
    } else if (rightLine !== undefined && lengthAt(common, l, r + 1) >= lengthAt(common, l + 1, r)) {
      lines.push({ sign: "+", text: rightLine });
      r += 1;
    } else {
      lines.push({ sign: "-", text: leftLine ?? "" });
      l += 1;
    }
  }
  return lines;
}

/** Length of the longest common subsequence of what is left from each pair of lines on. */
function commonLengths(left: readonly string[], right: readonly string[]): readonly (readonly number[])[] {
  const lengths = Array.from({ length: left.length + 1 }, () => new Array<number>(right.length + 1).fill(0));
  for (let l = left.length - 1; l >= 0; l -= 1) {
    for (let r = right.length - 1; r >= 0; r -= 1) {
      const row = lengths[l] as number[];
      row[r] =
        left[l] === right[r]
          ? lengthAt(lengths, l + 1, r + 1) + 1
          : Math.max(lengthAt(lengths, l + 1, r), lengthAt(lengths, l, r + 1));
    }
  }
  return lengths;
}

function lengthAt(lengths: readonly (readonly number[])[], l: number, r: number): number {
  return lengths[l]?.[r] ?? 0;
}
