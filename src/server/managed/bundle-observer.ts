/** Remembers since when each authority has been seen in the applied caBundle without a break. It measures no wall clock. */
import type { AppliedTrust } from "./plan-issue.ts";
import type { CaCertificate } from "./trust-state.ts";

/** What one replica has seen of the caBundle. */
export class BundleObserver implements AppliedTrust {
  readonly #overlapMs: number;
  readonly #elapsedMs: () => number;
  #since: ReadonlyMap<string, number> = new Map();
  #isAbsent = false;

  /**
   * @param overlapMs how long makes settled
   * @param elapsedMs a clock that never jumps; while the machine is suspended it may stand still, which only waits longer
   */
  constructor(overlapMs: number, elapsedMs: () => number) {
    this.#overlapMs = overlapMs;
    this.#elapsedMs = elapsedMs;
  }

  /** Takes a reading. undefined: there is no caBundle for us to fill, so nothing can be missing in it. */
  observe(applied: readonly CaCertificate[] | undefined): void {
    const now = this.#elapsedMs();
    this.#isAbsent = applied === undefined;
    const seen = (applied ?? []).map(({ fingerprint }) => fingerprint);
    this.#since = new Map(seen.map((fingerprint) => [fingerprint, this.#since.get(fingerprint) ?? now]));
  }

  isApplied(fingerprint: string): boolean {
    return this.#isAbsent || this.#since.has(fingerprint);
  }

  isSettled(fingerprint: string): boolean {
    const since = this.#since.get(fingerprint);
    return this.#isAbsent || (since !== undefined && this.#elapsedMs() - since >= this.#overlapMs);
  }
}
