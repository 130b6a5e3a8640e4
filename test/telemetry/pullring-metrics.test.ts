/** What /metrics shows: every series from zero, and no label that a request can make. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FINDING_CODES } from "../../src/core/verdicts/finding.ts";
import { SKIP_REASONS } from "../../src/core/verdicts/skip-reason.ts";
import type { ObservedResponse } from "../../src/server/admission/ports.ts";
import type { PullringMetrics } from "../../src/telemetry/pullring-metrics.ts";
import { createMetrics } from "../server/running-server.ts";

const CREATED_POD: ObservedResponse = {
  operation: "CREATE",
  kind: { group: "", kind: "Pod" },
  outcome: "injected",
  liveRead: undefined,
  durationSeconds: 0.002,
};

/** The value of each series of pullring, buckets apart. */
async function seriesOf(metrics: PullringMetrics): Promise<ReadonlyMap<string, number>> {
  const lines = (await metrics.render()).split("\n").filter((line) => /^pullring_(?!.*_bucket)/.test(line));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}

test("every series is there from the start, at zero", async () => {
  const series = await seriesOf(createMetrics());
  const requests = [...series.keys()].filter((name) => name.startsWith("pullring_admission_requests_total"));
  assert.equal(requests.length, 2 * 8 * (2 + SKIP_REASONS.length));
  for (const name of [
    'pullring_admission_requests_total{operation="CREATE",resource="pods",outcome="error"}',
    'pullring_admission_requests_total{operation="UPDATE",resource="cronjobs",outcome="no-credential"}',
    'pullring_admission_duration_seconds_count{outcome="skipped",live_read="true"}',
    'pullring_live_reads_total{scope="namespace",result="failed"}',
    'pullring_live_reads_total{scope="serviceaccount",result="fresh"}',
    'pullring_rejected_requests_total{reason="connection-limit"}',
    'pullring_watch_restarts_total{resource="secrets"}',
  ]) {
    assert.equal(series.get(name), 0, name);
  }
});

test("each finding has a series, of how many credentials have it", async () => {
  const series = await seriesOf(createMetrics());
  const findings = [...series].filter(([name]) => name.startsWith("pullring_credential_findings"));
  assert.deepEqual(
    findings.map(([name]) => name),
    FINDING_CODES.map((code) => `pullring_credential_findings{finding="${code}"}`),
  );
  assert.deepEqual(
    findings.filter(([, value]) => value > 0),
    [['pullring_credential_findings{finding="void-entry"}', 2]],
  );
});

test("a response counts for its outcome, its duration and its live read", async () => {
  const metrics = createMetrics();
  metrics.countResponse(CREATED_POD);
  metrics.countResponse({
    ...CREATED_POD,
    outcome: "no-credential",
    liveRead: { scope: "namespace", result: "fresh" },
  });
  metrics.countResponse({ ...CREATED_POD, outcome: "error", liveRead: { scope: "serviceaccount", result: "busy" } });
  metrics.countRejection("body-timeout");
  metrics.countWatchRestart("secrets");
  const counted = [...(await seriesOf(metrics))].filter(([name, value]) => value > 0 && !name.includes("_sum"));
  assert.deepEqual(counted, [
    ['pullring_admission_requests_total{operation="CREATE",resource="pods",outcome="injected"}', 1],
    ['pullring_admission_requests_total{operation="CREATE",resource="pods",outcome="error"}', 1],
    ['pullring_admission_requests_total{operation="CREATE",resource="pods",outcome="no-credential"}', 1],
    ['pullring_admission_duration_seconds_count{outcome="injected",live_read="false"}', 1],
    ['pullring_admission_duration_seconds_count{outcome="skipped",live_read="true"}', 1],
    ['pullring_admission_duration_seconds_count{outcome="error",live_read="true"}', 1],
    ['pullring_live_reads_total{scope="namespace",result="fresh"}', 1],
    ['pullring_live_reads_total{scope="serviceaccount",result="busy"}', 1],
    ['pullring_rejected_requests_total{reason="body-timeout"}', 1],
    ['pullring_watch_restarts_total{resource="secrets"}', 1],
    ["pullring_credential_secrets", 3],
    ["pullring_invalid_secrets", 1],
    ['pullring_credential_findings{finding="void-entry"}', 2],
    ['pullring_build_info{version="1.2.3"}', 1],
  ]);
});

test("whatever requests say, labels stay in their closed sets", async () => {
  const metrics = createMetrics();
  const before = (await seriesOf(metrics)).size;
  for (const text of ["evil-1", "evil-2", "__proto__", 'a"b\n']) {
    metrics.countResponse({ ...CREATED_POD, operation: text, kind: { group: text, kind: text } });
  }
  const series = await seriesOf(metrics);
  assert.equal(series.size, before + 1);
  assert.equal(
    series.get('pullring_admission_requests_total{operation="other",resource="other",outcome="injected"}'),
    4,
  );
});

test("the end of the certificate is in seconds, and is not shown while there is none", async () => {
  const name = "pullring_certificate_expiry_timestamp_seconds";
  const expiries = [undefined, 1_500].map((expiryMs) => createMetrics({ certificateExpiryMs: () => expiryMs }));
  const shown = await Promise.all(expiries.map(async (metrics) => (await seriesOf(metrics)).get(name)));
  assert.deepEqual(shown, [undefined, 1.5]);
});

test("two processes' worth of metrics share nothing, and each has the metrics of Node.js", async () => {
  const [one, other] = [createMetrics(), createMetrics()];
  one.countResponse(CREATED_POD);
  const name = 'pullring_admission_requests_total{operation="CREATE",resource="pods",outcome="injected"}';
  assert.equal((await seriesOf(other)).get(name), 0);
  assert.match(await other.render(), /^process_resident_memory_bytes \d+$/m);
  assert.match(await other.render(), /^nodejs_eventloop_lag_p99_seconds /m);
});
