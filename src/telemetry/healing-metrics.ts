/** The metrics of `pullring controller --heal`. Labels take their values from closed sets; none holds a namespace or an image. */
import { type Counter, Gauge, Histogram, Registry } from "prom-client";
import { HEALING_REASON_CODES, type HealingReason } from "../core/verdicts/healing-reason.ts";
import { addProcessMetrics, addWatchRestarts } from "./process-metrics.ts";

/** What is known of a Pod that waits for an image: that another Pod would get a credential for it, or why it is left alone. */
export type WaitingVerdict = "helped" | HealingReason["code"];

/** @see HealingMetrics */
export interface HealingMetricsOptions {
  readonly version: string;
  /** Each resource that is watched. */
  readonly watchedResources: readonly string[];
  /** Pods that wait for an image, by verdict; one that is missing counts as zero. */
  readonly waitingPods: () => ReadonlyMap<WaitingVerdict, number>;
}

/** Shows what is there and counts what happens. */
export class HealingMetrics {
  readonly #registry = new Registry();
  readonly #watchRestarts: Counter<"resource">;

  readonly #evictions = new Histogram({
    name: "pullring_eviction_delay_seconds",
    help: "Evicted Pods, by the time from when it was known that another Pod would get a credential.",
    buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300],
    registers: [this.#registry],
  });

  constructor({ version, watchedResources, waitingPods }: HealingMetricsOptions) {
    this.#watchRestarts = addWatchRestarts(this.#registry, watchedResources);
    new Gauge({
      name: "pullring_waiting_pods",
      help: "Pods that wait for an image, by verdict: helped by a credential that a new Pod would get, or why left alone.",
      labelNames: ["verdict"],
      registers: [this.#registry],
      collect() {
        const counts = waitingPods();
        for (const verdict of ["helped", ...HEALING_REASON_CODES] as const) {
          this.set({ verdict }, counts.get(verdict) ?? 0);
        }
      },
    });
    addProcessMetrics(this.#registry, version);
  }

  /** Content type of what `render` gives. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Counts a watch that had to be started again. */
  countWatchRestart(resource: string): void {
    this.#watchRestarts.inc({ resource });
  }

  /** Counts an eviction. */
  countEviction(delaySeconds: number): void {
    this.#evictions.observe(delaySeconds);
  }

  /** Gives all metrics in the Prometheus text format. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }
}
