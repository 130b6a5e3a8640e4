/** What a run tells: the counts of its cases, and a difference as a row of test/core/kubelet/oracle-findings.test.ts. */
import type { Compared } from "./comparison.ts";
import type { OracleCase, Outcome } from "./oracle-case.ts";

/** What a deep nesting repeats, as it stands in a literal. */
const REPEATED = /(\[\{\\"a\\":|\{\\"a\\":|\}\]|\[|\]|\})\1{63,}/g;

/** A row of TypeScript on one line, to be pasted as it is: the case and the outcome that the kubelet demands. */
export function toTableRow({ example, aspect }: Compared, demanded: Outcome): string {
  const title = `${aspect} of ${example.images.join(" ")}`;
  const row = `{ title: ${toLiteral(title)}, example: ${toLiteral(example)}, kubelet: ${toLiteral(demanded)} },`;
  return row
    .replace(REPEATED, (run, unit: string) => `" + "${unit}".repeat(${run.length / unit.length}) + "`)
    .replaceAll(' + "" + ', " + ");
}

/** JSON with everything but printable ASCII escaped, so that nothing is lost on a terminal. */
export function toLiteral(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Counts of one run, so that a run whose cases all mean nothing does not pass unseen. */
export class Tally {
  readonly #counts = new Map<string, number>();

  /** Counts one case by the kubelet's outcome. */
  add({ workload }: OracleCase, { secrets, repositories, tried, decision, error }: Outcome): void {
    for (const { status } of secrets) this.#count(`secrets ${status}`);
    for (const [image, repository] of repositories.entries()) {
      this.#count(repository === null ? "images refused" : "images parsed");
      const names = tried[image] ?? [];
      if (names.length > 0) this.#count("images served");
      if (new Set(names).size > 1) this.#count("images served by several");
    }
    if (error) this.#count("lists in error");
    if (workload === null || decision === null) return;
    this.#count("decisions");
    if (decision.added.length > 0) this.#count("decisions that add");
    if (decision.added.length > 1) this.#count("decisions that add several");
    if (decision.fromServiceAccount.length > 0) this.#count("decisions that copy from the ServiceAccount");
  }

  /** One line of all counts. */
  toString(): string {
    return [...this.#counts]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([what, count]) => `${what} ${count}`)
      .join(", ");
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }
}
