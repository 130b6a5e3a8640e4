/** Remembers for how long the caBundle has been as it is, on a clock that never jumps. */
import type { Clock } from "../../telemetry/clock.ts";
import { formatBundle, parseBundle } from "../pem-bundle.ts";
import type { AppliedCas } from "./ca-rules.ts";
import type { CaBundleSnapshot } from "./ports.ts";

/** @see BundleObserver */
export interface BundleObserverOptions {
  /** How long makes settled, in milliseconds. */
  readonly overlapMs: number;
  /** While the machine is suspended `elapsed` may stand still, which only waits longer. */
  readonly clock: Pick<Clock, "elapsed">;
}

/** What one replica has seen of the caBundle. */
export class BundleObserver {
  readonly #options: BundleObserverOptions;
  #version: string | undefined;
  #sinceMs = 0;

  constructor(options: BundleObserverOptions) {
    this.#options = options;
  }

  /**
   * Takes a snapshot. Whatever has changed in the configuration, the wait begins again: it is not known what stood there between
   * two snapshots of different versions. It ends by a snapshot, not by time alone: what follows the last one is not known.
   * @param bundle undefined: there is no caBundle for us to fill, so nothing can be missing in it
   * @param readStartedAt by the clock that never jumps
   */
  observe(bundle: CaBundleSnapshot | undefined, readStartedAt: number): AppliedCas {
    const { overlapMs, clock } = this.#options;
    if (bundle?.resourceVersion !== this.#version) {
      this.#version = bundle?.resourceVersion;
      this.#sinceMs = clock.elapsed();
    }
    if (bundle === undefined) return { has: () => true, isSettled: true };
    const entries = bundle.bundles.map(fingerprintsIn);
    return {
      has: (fingerprint) => entries.every((entry) => entry.has(fingerprint)),
      isSettled: readStartedAt - this.#sinceMs >= overlapMs,
    };
  }
}

/** None unless `text` is just as we write it: so that no other reading of it, the API server's above all, can differ from ours. */
function fingerprintsIn(text: string): ReadonlySet<string> {
  const certificates = parseBundle(text);
  const isWellFormed = formatBundle(certificates) === text;
  return new Set(isWellFormed ? certificates.map(({ fingerprint }) => fingerprint) : []);
}
