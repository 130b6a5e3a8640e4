/** The metrics of pullring. No label holds a namespace, an image or a registry, and none takes a value from a request as it is. */
import { SKIP_REASONS } from "../core/admission/skip-reason.ts";
import type { ObservedResponse } from "../server/admission/ports.ts";
import { Counter, Gauge, type GaugeReading, Histogram, renderMetrics } from "./metrics.ts";

/** What is read at the moment of a scrape; undefined where it does not exist (yet). */
export interface MetricReadings {
  readonly version: string;
  /** Credentials held, whatever their status. */
  readonly credentialSecrets: () => number | undefined;
  /** Malformed credentials held. */
  readonly invalidSecrets: () => number | undefined;
  /** End of the served certificate, in milliseconds since 1970. */
  readonly certificateExpiryMs: () => number | undefined;
}

/** Counts what happens and shows all of it. */
export interface PullringMetrics {
  countResponse(response: ObservedResponse): void;
  /** Counts a client that was turned away; `reason` is one of a closed set. */
  countRejection(reason: string): void;
  /** Counts a watch that had to be started again. */
  countWatchRestart(resource: "secrets" | "serviceaccounts" | "mutatingwebhookconfigurations"): void;
  render(): string;
}

/** From a tenth of a millisecond, a usual decision, to the API server's usual timeout of 10 s, in seconds. */
const DURATION_BOUNDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 10];

/** @see k8s.io/api/admission/v1 Operation */
const OPERATIONS = new Set(["CREATE", "UPDATE", "DELETE", "CONNECT"]);

const OUTCOMES = new Set(["injected", "error", ...Object.keys(SKIP_REASONS)]);

const LOOK_SCOPES = new Set(["namespace", "serviceaccount"]);

const LOOK_OUTCOMES = new Set(["fresh", "timeout", "busy", "failed"]);

/** Resource of each handled kind. */
const RESOURCES: ReadonlyMap<string, string> = new Map([
  ["/Pod", "pods"],
  ["/ReplicationController", "replicationcontrollers"],
  ["apps/Deployment", "deployments"],
  ["apps/StatefulSet", "statefulsets"],
  ["apps/DaemonSet", "daemonsets"],
  ["apps/ReplicaSet", "replicasets"],
  ["batch/Job", "jobs"],
  ["batch/CronJob", "cronjobs"],
]);

/** Makes the metrics, all at zero. */
export function createPullringMetrics(readings: MetricReadings): PullringMetrics {
  const requests = new Counter("pullring_admission_requests_total", "Answered admission reviews.", [
    "operation",
    "resource",
    "outcome",
  ]);
  const durations = new Histogram(
    "pullring_admission_duration_seconds",
    "Time from a read review to its answer.",
    DURATION_BOUNDS,
  );
  const liveReads = new Counter(
    "pullring_fresh_looks_total",
    "Answers that waited for a live look, by what it was taken at and how it ended.",
    ["scope", "outcome"],
  );
  const restarts = new Counter("pullring_watch_restarts_total", "Watches that were started again.", [
    "resource",
  ]);
  const turnedAway = new Counter(
    "pullring_turned_away_clients_total",
    "Requests and connections that were turned away before a review was read, by reason.",
    ["reason"],
  );
  const metrics = [requests, durations, liveReads, turnedAway, restarts, ...gaugesOf(readings)];
  return {
    countResponse: ({ operation, kind, outcome, liveRead, durationSeconds }) => {
      const resource = RESOURCES.get(`${kind.group}/${kind.kind}`) ?? "other";
      requests.increment(fold(OPERATIONS, operation), resource, fold(OUTCOMES, outcome));
      durations.observe(durationSeconds);
      if (liveRead !== undefined) {
        liveReads.increment(fold(LOOK_SCOPES, liveRead.scope), fold(LOOK_OUTCOMES, liveRead.result));
      }
    },
    countRejection: (reason) => turnedAway.increment(reason),
    countWatchRestart: (resource) => restarts.increment(resource),
    render: () => renderMetrics(metrics),
  };
}

function gaugesOf(readings: MetricReadings): readonly Gauge[] {
  return [
    new Gauge("pullring_credential_secrets", "Credentials held.", () =>
      readingOf(readings.credentialSecrets()),
    ),
    new Gauge("pullring_invalid_secrets", "Credentials that the kubelet cannot parse.", () =>
      readingOf(readings.invalidSecrets()),
    ),
    new Gauge("pullring_certificate_expiry_timestamp_seconds", "End of the served certificate.", () => {
      const expiryMs = readings.certificateExpiryMs();
      return readingOf(expiryMs === undefined ? undefined : expiryMs / 1000);
    }),
    new Gauge("pullring_build_info", "Version of pullring.", () => [
      { labels: { version: readings.version }, value: 1 },
    ]),
  ];
}

function readingOf(value: number | undefined): readonly GaugeReading[] {
  return value === undefined ? [] : [{ value }];
}

function fold(known: ReadonlySet<string>, value: string): string {
  return known.has(value) ? value : "other";
}
