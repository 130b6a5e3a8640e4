/** What /metrics of the controller shows: every verdict from zero. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HEALING_REASON_CODES } from "../../src/core/verdicts/healing-reason.ts";
import { ControllerMetrics } from "../../src/telemetry/controller-metrics.ts";
import { HealingMetrics, type WaitingVerdict } from "../../src/telemetry/healing-metrics.ts";

test("counts waiting Pods by verdict, and restarts of watches", async () => {
  const counts = new Map<WaitingVerdict, number>([["bare-pod", 2]]);
  const metrics = new ControllerMetrics({ version: "1.2.3", watchedResources: ["pods"] });
  metrics.countWatchRestart("pods");
  new HealingMetrics(metrics.registry, () => counts).countEviction(1.5);
  const text = await metrics.render();
  const verdicts = [...text.matchAll(/^pullring_waiting_pods\{verdict="(.*)"\} (\d+)$/gm)].map(([, name, value]) => [
    name,
    Number(value),
  ]);
  const all = ["helped", ...HEALING_REASON_CODES];
  assert.deepEqual(
    verdicts,
    all.map((name) => [name, name === "bare-pod" ? 2 : 0]),
  );
  assert.match(text, /^pullring_watch_restarts_total\{resource="pods"\} 1$/m);
  assert.match(text, /^pullring_eviction_delay_seconds_bucket\{le="2"\} 1$/m);
  assert.match(text, /^pullring_build_info\{version="1\.2\.3"\} 1$/m);
  assert.match(metrics.contentType, /^text\/plain/);
});
