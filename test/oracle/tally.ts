/** Counts what the cases of a run were about, so that a run whose cases all mean nothing does not pass unseen. */
import type { OracleCase, Outcome } from "./oracle-case.ts";

/** Counts of one run. */
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
