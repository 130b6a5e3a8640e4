/** Reads the API server's own metrics: requests that it answered, and the time that webhooks took of it. */
import type { ControlPlane } from "../../e2e/control-plane/control-plane.ts";

/** Which requests to count: labels of `apiserver_request_total`. */
export type RequestLabels = Readonly<Record<"resource" | "verb" | "scope", string>>;

/** What the API server waited for a webhook so far. Times in seconds. */
export interface AdmissionTimes {
  readonly count: number;
  readonly sum: number;
  /** Calls that took at most so long, by bound; Infinity is all. */
  readonly buckets: ReadonlyMap<number, number>;
}

/** All lines of the page. */
async function readMetrics(plane: ControlPlane): Promise<readonly string[]> {
  const { body } = await plane.api.request("GET", "/metrics");
  return String(body).split("\n");
}

function has(line: string, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([name, value]) => line.includes(`${name}="${value}"`));
}

function sampleOf(line: string): number {
  return Number(line.slice(line.lastIndexOf(" ") + 1));
}

/** Counts answered requests of everybody. */
export async function countRequests(plane: ControlPlane, labels: RequestLabels): Promise<number> {
  const lines = await readMetrics(plane);
  return lines
    .filter((line) => line.startsWith("apiserver_request_total{") && has(line, labels))
    .reduce((sum, line) => sum + sampleOf(line), 0);
}

const ADMISSION = "apiserver_admission_webhook_admission_duration_seconds";

/** Reads the times of the webhook `name`; zeros when it was never called. */
export async function readAdmissionTimes(plane: ControlPlane, name: string): Promise<AdmissionTimes> {
  const lines = (await readMetrics(plane)).filter(
    (line) => line.startsWith(ADMISSION) && has(line, { name }),
  );
  const total = (suffix: string): number =>
    lines
      .filter((line) => line.startsWith(`${ADMISSION}_${suffix}`))
      .reduce((sum, line) => sum + sampleOf(line), 0);
  const buckets = new Map<number, number>();
  for (const line of lines.filter((each) => each.startsWith(`${ADMISSION}_bucket`))) {
    const bound = /le="([^"]+)"/.exec(line)?.[1] ?? "";
    const key = bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound);
    buckets.set(key, (buckets.get(key) ?? 0) + sampleOf(line));
  }
  return { count: total("count"), sum: total("sum"), buckets };
}

/** What was added from one reading to the next. */
export function difference(after: AdmissionTimes, before: AdmissionTimes): AdmissionTimes {
  return {
    count: after.count - before.count,
    sum: after.sum - before.sum,
    buckets: new Map(
      [...after.buckets].map(([bound, count]) => [bound, count - (before.buckets.get(bound) ?? 0)]),
    ),
  };
}

/**
 * Estimates a quantile in milliseconds as Prometheus does: evenly spread within a bucket. The API server's bounds are 5, 25, 100
 * and 500 ms, so that it is rough.
 * @see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 */
export function quantileMs({ count, buckets }: AdmissionTimes, quantile: number): number {
  const rank = quantile * count;
  let [lower, below] = [0, 0];
  for (const [bound, upTo] of [...buckets].sort(([a], [b]) => a - b)) {
    if (upTo >= rank) {
      const upper = Number.isFinite(bound) ? bound : lower;
      return 1000 * (lower + (upper - lower) * ((rank - below) / Math.max(1, upTo - below)));
    }
    [lower, below] = [bound, upTo];
  }
  return Number.NaN;
}

/** Events that all watches of a resource got so far. */
export interface WatchTraffic {
  readonly events: number;
  readonly bytes: number;
}

/** Reads what was sent to watches of `resource`. */
export async function readWatchTraffic(plane: ControlPlane, resource: string): Promise<WatchTraffic> {
  const lines = (await readMetrics(plane)).filter((line) => has(line, { resource }));
  const total = (name: string): number =>
    lines.filter((line) => line.startsWith(`${name}{`)).reduce((sum, line) => sum + sampleOf(line), 0);
  return { events: total("apiserver_watch_events_total"), bytes: total("apiserver_watch_events_sizes_sum") };
}
