/** Remembers for how long the applied caBundle has been as it is. It measures no wall clock. */
import type { AppliedTrust } from "./plan-issue.ts";
import type { CaCertificate } from "./trust-state.ts";

/** What stands in the webhook configuration at one of its versions. */
export interface AppliedBundle {
  readonly certificates: readonly CaCertificate[];
  readonly resourceVersion: string;
}

/** What one replica has seen of the caBundle. */
export class BundleObserver implements AppliedTrust {
  readonly #overlapMs: number;
  readonly #elapsedMs: () => number;
  #version: string | undefined;
  #applied: ReadonlySet<string> = new Set();
  #sinceMs = 0;
  #hasSettled = false;
  #isAbsent = false;

  /**
   * @param overlapMs how long makes settled
   * @param elapsedMs a clock that never jumps; while the machine is suspended it may stand still, which only waits longer
   */
  constructor(overlapMs: number, elapsedMs: () => number) {
    this.#overlapMs = overlapMs;
    this.#elapsedMs = elapsedMs;
  }

  /**
   * Takes a reading. Whatever has changed in the configuration, the wait begins anew: nobody can tell what stood there between
   * two readings of different versions. It ends by a reading, not by time alone: what follows the last one is not known.
   * @param bundle undefined: there is no caBundle for us to fill, so nothing can be missing in it
   * @param askedAtMs when it was asked for, by the clock that never jumps
   */
  observe(bundle: AppliedBundle | undefined, askedAtMs: number): void {
    this.#isAbsent = bundle === undefined;
    if (bundle?.resourceVersion !== this.#version) {
      this.#version = bundle?.resourceVersion;
      this.#applied = new Set(bundle?.certificates.map(({ fingerprint }) => fingerprint));
      this.#sinceMs = this.#elapsedMs();
    }
    this.#hasSettled = askedAtMs - this.#sinceMs >= this.#overlapMs;
  }

  isApplied(fingerprint: string): boolean {
    return this.#isAbsent || this.#applied.has(fingerprint);
  }

  isSettled(fingerprint: string): boolean {
    return this.#isAbsent || (this.#applied.has(fingerprint) && this.#hasSettled);
  }
}
