/** What a run of the benchmarks prints: tables for docs/performance.md, and at its end the budget with what was measured. */

/** Median of some figures; NaN of none. */
export function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
}

/** Shows figures as `median (lowest-highest)` with `digits` behind the point. */
export function show(figures: readonly number[], digits = 0): string {
  const [lowest, highest] = [Math.min(...figures), Math.max(...figures)];
  return `${median(figures).toFixed(digits)} (${lowest.toFixed(digits)}-${highest.toFixed(digits)})`;
}

/** Prints a Markdown table. */
export function printTable(title: string, header: readonly string[], rows: readonly (readonly string[])[]): void {
  console.log(`\n### ${title}\n`);
  for (const row of [header, header.map(() => "---"), ...rows]) console.log(`| ${row.join(" | ")} |`);
}

/** The limits of docs/performance.md. A brief run measures little, so that it allows more: it is there to notice a blunder. */
export class Budget {
  readonly #slack: number;
  readonly #rows: (readonly string[])[] = [];
  #isKept = true;

  constructor(isBrief: boolean) {
    this.#slack = isBrief ? 3 : 1;
  }

  /** Notes a figure that has to be at most `limit`. @param unit as in " MiB" or " x" */
  check(what: string, figure: number, limit: number, unit: string): void {
    const isKept = figure <= limit * this.#slack;
    this.#isKept &&= isKept;
    this.#rows.push([what, `${Number(figure.toFixed(2))}${unit}`, `${limit}${unit}`, isKept ? "yes" : "**no**"]);
  }

  /** Prints all of it and gives whether everything is within its limit. */
  finish(): boolean {
    const kept = this.#slack === 1 ? "kept" : `kept, ${this.#slack} x allowed`;
    printTable("Budget", ["what", "measured", "at most", kept], this.#rows);
    return this.#isKept;
  }
}
