/**
 * The metrics of one process: pullring's own and those of Node.js. Labels take their values from closed sets, never from a
 * request as it is; none holds a namespace, an image or a registry. Counters start at zero in every series that is to be expected.
 */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { HANDLED_RESOURCES, resourceOf } from "../core/admission/pod-template.ts";
import { FINDING_CODES, type FindingCode } from "../core/verdicts/finding.ts";
import { SKIP_REASONS } from "../core/verdicts/skip-reason.ts";
import type { LiveReadResult, ObservedLiveRead, ObservedResponse } from "../server/admission/ports.ts";
import { addProcessMetrics, addWatchRestarts } from "./process-metrics.ts";

/** @see PullringMetrics */
export interface PullringMetricsOptions {
  readonly version: string;
  /** Each reason for which a request or a connection can be rejected. */
  readonly rejectionReasons: readonly string[];
  /** Each resource that is watched. */
  readonly watchedResources: readonly string[];
  /** Credentials held, without ignored ones; read at each scrape, like those below. undefined: not known yet. */
  readonly credentialSecrets: () => number | undefined;
  /** Malformed credentials held. */
  readonly invalidSecrets: () => number | undefined;
  /** How many credentials held have each finding; one that is missing counts as zero. */
  readonly credentialFindings: () => ReadonlyMap<FindingCode, number>;
  /** End of the served certificate in milliseconds since 1970; undefined while there is none. */
  readonly certificateExpiryMs: () => number | undefined;
}

/** From a tenth of a millisecond, a usual decision, to the longest usual time-out of a webhook, in seconds. */
const DURATION_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 10];

/** The operations that the webhook configuration names. */
const OPERATIONS = ["CREATE", "UPDATE"];
const OUTCOMES = ["injected", "error", ...SKIP_REASONS];
/** Records, so that a value that is missing here does not compile. */
const LIVE_READ_SCOPES: Readonly<Record<ObservedLiveRead["scope"], true>> = { namespace: true, serviceaccount: true };
const LIVE_READ_RESULTS: Readonly<Record<LiveReadResult, true>> = {
  fresh: true,
  timeout: true,
  busy: true,
  failed: true,
  "not-served": true,
};

/** Counts what happens and shows all of it. */
export class PullringMetrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: "pullring_admission_requests_total",
    help: "Answered admission reviews, by what was decided: injected, a reason for which nothing was done, or error.",
    labelNames: ["operation", "resource", "outcome"],
    registers: [this.#registry],
  });
  readonly #durations = new Histogram({
    name: "pullring_admission_duration_seconds",
    help: "Time from a read review to its response, by kind of response and by whether it waited for a live read.",
    labelNames: ["outcome", "live_read"],
    buckets: DURATION_BUCKETS,
    registers: [this.#registry],
  });
  readonly #liveReads = new Counter({
    name: "pullring_live_reads_total",
    help: "Decisions that waited for a live read, by what was read and how it ended.",
    labelNames: ["scope", "result"],
    registers: [this.#registry],
  });
  readonly #rejections = new Counter({
    name: "pullring_rejected_requests_total",
    help: "Requests and connections that were rejected before a review was read, by reason.",
    labelNames: ["reason"],
    registers: [this.#registry],
  });
  readonly #watchRestarts: Counter<"resource">;

  constructor(options: PullringMetricsOptions) {
    const { version, credentialSecrets, invalidSecrets } = options;
    this.#watchRestarts = addWatchRestarts(this.#registry, options.watchedResources);
    this.#addGauge("pullring_credential_secrets", "Credentials held, without ignored Secrets.", credentialSecrets);
    this.#addGauge("pullring_invalid_secrets", "Credentials that the kubelet cannot parse.", invalidSecrets);
    this.#addFindingsGauge(options.credentialFindings);
    const expiryHelp = "End of the served certificate, in seconds since 1970.";
    this.#addGauge("pullring_certificate_expiry_timestamp_seconds", expiryHelp, () => {
      const expiryMs = options.certificateExpiryMs();
      return expiryMs && expiryMs / 1000;
    });
    this.#startAtZero(options);
    addProcessMetrics(this.#registry, version);
  }

  /** Content type of what `render` gives. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Counts an answered review. */
  countResponse({ operation, kind, outcome, liveRead, durationSeconds }: ObservedResponse): void {
    this.#requests.inc({
      operation: OPERATIONS.includes(operation) ? operation : "other",
      resource: resourceOf(kind) ?? "other",
      outcome,
    });
    this.#durations.observe({ outcome: kindOf(outcome), live_read: String(liveRead !== undefined) }, durationSeconds);
    if (liveRead !== undefined) this.#liveReads.inc({ scope: liveRead.scope, result: liveRead.result });
  }

  /** Counts a request or a connection that was rejected. */
  countRejection(reason: string): void {
    this.#rejections.inc({ reason });
  }

  /** Counts a watch that had to be started again. */
  countWatchRestart(resource: string): void {
    this.#watchRestarts.inc({ resource });
  }

  /** Gives all metrics in the Prometheus text format. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Adds a gauge that is read at each scrape, and left out while it has no value. */
  #addGauge(name: string, help: string, read: () => number | undefined): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        const value = read();
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
  }

  #addFindingsGauge(read: () => ReadonlyMap<FindingCode, number>): void {
    new Gauge({
      name: "pullring_credential_findings",
      help: "Credentials with something that is not right, by finding. One credential may have several.",
      labelNames: ["finding"],
      registers: [this.#registry],
      collect() {
        const counts = read();
        for (const finding of FINDING_CODES) this.set({ finding }, counts.get(finding) ?? 0);
      },
    });
  }

  #startAtZero({ rejectionReasons }: PullringMetricsOptions): void {
    for (const operation of OPERATIONS) {
      for (const resource of HANDLED_RESOURCES) {
        for (const outcome of OUTCOMES) this.#requests.inc({ operation, resource, outcome }, 0);
      }
    }
    for (const outcome of ["injected", "skipped", "error"]) {
      for (const live_read of ["true", "false"]) this.#durations.zero({ outcome, live_read });
    }
    for (const scope of Object.keys(LIVE_READ_SCOPES)) {
      for (const result of Object.keys(LIVE_READ_RESULTS)) this.#liveReads.inc({ scope, result }, 0);
    }
    for (const reason of rejectionReasons) this.#rejections.inc({ reason }, 0);
  }
}

function kindOf(outcome: ObservedResponse["outcome"]): "injected" | "skipped" | "error" {
  return outcome === "injected" || outcome === "error" ? outcome : "skipped";
}
