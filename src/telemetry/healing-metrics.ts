/** The metrics of healing. Labels take their values from closed sets; none holds a namespace or an image. */
import { Gauge, Histogram, type Registry } from "prom-client";
import { HEALING_REASON_CODES, type HealingReason } from "../core/verdicts/healing-reason.ts";

/** What is known of a Pod that waits for an image: that another Pod would get a credential for it, or why it is left alone. */
export type WaitingVerdict = "helped" | HealingReason["code"];

/** Shows what is there and counts what happens. */
export class HealingMetrics {
  readonly #evictions: Histogram;

  /** @param waitingPods Pods that wait for an image, by verdict; one that is missing counts as zero */
  constructor(registry: Registry, waitingPods: () => ReadonlyMap<WaitingVerdict, number>) {
    this.#evictions = new Histogram({
      name: "pullring_eviction_delay_seconds",
      help: "Evicted Pods, by the time from when it was known that another Pod would get a credential.",
      buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300],
      registers: [registry],
    });
    new Gauge({
      name: "pullring_waiting_pods",
      help: "Pods that wait for an image, by verdict: helped by a credential that a new Pod would get, or why left alone.",
      labelNames: ["verdict"],
      registers: [registry],
      collect() {
        const counts = waitingPods();
        for (const verdict of ["helped", ...HEALING_REASON_CODES] as const) {
          this.set({ verdict }, counts.get(verdict) ?? 0);
        }
      },
    });
  }

  /** Counts an eviction. */
  countEviction(delaySeconds: number): void {
    this.#evictions.observe(delaySeconds);
  }
}
