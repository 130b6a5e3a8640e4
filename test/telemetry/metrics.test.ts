/** The exposition of metrics, and that no request can make a label of its own. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LiveReadScope } from "../../src/core/admission/needs-live-read.ts";
import type { SkipReason } from "../../src/core/admission/skip-reason.ts";
import type { LiveReadResult } from "../../src/server/admission/ports.ts";
import { Counter, Gauge, Histogram, renderMetrics } from "../../src/telemetry/metrics.ts";
import { createPullringMetrics } from "../../src/telemetry/pullring-metrics.ts";

test("a counter shows each set of labels, escaped", () => {
  const counter = new Counter("c_total", "Help.", ["a"]);
  counter.increment('x"\\\n');
  counter.increment("b");
  counter.increment("b");
  assert.equal(
    renderMetrics([counter]),
    '# HELP c_total Help.\n# TYPE c_total counter\nc_total{a="b"} 2\nc_total{a="x\\"\\\\\\n"} 1\n',
  );
});

test("a histogram cumulates its buckets, upper bounds included", () => {
  const histogram = new Histogram("h", "Help.", [0.5, 1]);
  for (const value of [0.25, 0.5, 0.75, 8]) {
    histogram.observe(value);
  }
  assert.deepEqual(renderMetrics([histogram]).split("\n").slice(2, -1), [
    'h_bucket{le="0.5"} 2',
    'h_bucket{le="1"} 3',
    'h_bucket{le="+Inf"} 4',
    "h_sum 9.5",
    "h_count 4",
  ]);
});

test("a gauge reads when it is shown and is left out while it has no value", () => {
  let value: number | undefined;
  const gauge = new Gauge("g", "Help.", () => (value === undefined ? [] : [{ value }]));
  assert.equal(renderMetrics([gauge]), "\n");
  value = 7;
  assert.match(renderMetrics([gauge]), /^g 7$/m);
});

test("whatever requests say, labels stay in their closed sets", () => {
  const metrics = createPullringMetrics({
    version: "1.2.3",
    credentialSecrets: () => 3,
    invalidSecrets: () => 1,
    certificateExpiryMs: () => 1_500,
  });
  for (const text of ["evil-1", "evil-2", "__proto__", 'a"b\n']) {
    metrics.countResponse({
      operation: text,
      kind: { group: text, kind: text },
      outcome: text as SkipReason,
      liveRead: { scope: text as LiveReadScope, result: text as LiveReadResult },
      durationSeconds: 0.002,
    });
  }
  metrics.countResponse({
    operation: "UPDATE",
    kind: { group: "batch", kind: "CronJob" },
    outcome: "no-credential",
    liveRead: { scope: "serviceaccount", result: "busy" },
    durationSeconds: 20,
  });
  metrics.countWatchRestart("secrets");
  const lines = metrics
    .render()
    .split("\n")
    .filter((line) => !line.startsWith("#") && !line.includes("_bucket"));
  assert.deepEqual(lines, [
    'pullring_admission_requests_total{operation="UPDATE",resource="cronjobs",outcome="no-credential"} 1',
    'pullring_admission_requests_total{operation="other",resource="other",outcome="other"} 4',
    "pullring_admission_duration_seconds_sum 20.008",
    "pullring_admission_duration_seconds_count 5",
    'pullring_fresh_looks_total{scope="other",outcome="other"} 4',
    'pullring_fresh_looks_total{scope="serviceaccount",outcome="busy"} 1',
    'pullring_watch_restarts_total{resource="secrets"} 1',
    "pullring_credential_secrets 3",
    "pullring_invalid_secrets 1",
    "pullring_certificate_expiry_timestamp_seconds 1.5",
    'pullring_build_info{version="1.2.3"} 1',
    "",
  ]);
});
