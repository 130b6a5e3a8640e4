/** The metrics of `pullring controller`: those of the process, and those of the parts that are switched on. */
import { type Counter, Registry } from "prom-client";
import { addProcessMetrics, addWatchRestarts } from "./process-metrics.ts";

/** @see ControllerMetrics */
export interface ControllerMetricsOptions {
  readonly version: string;
  /** Each resource that is watched. */
  readonly watchedResources: readonly string[];
}

/** Holds the registry that the parts add to. */
export class ControllerMetrics {
  readonly registry: Registry = new Registry();
  readonly #watchRestarts: Counter<"resource">;

  constructor({ version, watchedResources }: ControllerMetricsOptions) {
    this.#watchRestarts = addWatchRestarts(this.registry, watchedResources);
    addProcessMetrics(this.registry, version);
  }

  /** Content type of what `render` gives. */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** Counts a watch that had to be started again. */
  countWatchRestart(resource: string): void {
    this.#watchRestarts.inc({ resource });
  }

  /** Gives all metrics in the Prometheus text format. */
  render(): Promise<string> {
    return this.registry.metrics();
  }
}
