/** The metrics that every process of pullring has: its version, those of Node.js, and its watches. */
import { Counter, collectDefaultMetrics, Gauge, type Registry } from "prom-client";

/** Gauges of the library that are named as counters, which `promtool check metrics` objects to; other metrics have their parts. */
const MISNAMED_DEFAULTS = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
];

/** Adds them to `registry`. */
export function addProcessMetrics(registry: Registry, version: string): void {
  const buildInfo = { name: "pullring_build_info", help: "Version of pullring; the value is always 1." };
  new Gauge({ ...buildInfo, labelNames: ["version"], registers: [registry] }).set({ version }, 1);
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED_DEFAULTS) registry.removeSingleMetric(name);
}

/** Adds the counter of watches that broke off, from zero for each resource. */
export function addWatchRestarts(registry: Registry, resources: readonly string[]): Counter<"resource"> {
  const restarts = new Counter({
    name: "pullring_watch_restarts_total",
    help: "Watches that broke off and were started again.",
    labelNames: ["resource"],
    registers: [registry],
  });
  for (const resource of resources) restarts.inc({ resource }, 0);
  return restarts;
}
