/** `promtool check metrics` has nothing against what /metrics of both processes shows, with something counted and without. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { ControllerMetrics } from "../../src/telemetry/controller-metrics.ts";
import { HealingMetrics } from "../../src/telemetry/healing-metrics.ts";
import { SharingMetrics } from "../../src/telemetry/sharing-metrics.ts";
import { findBinaries } from "../e2e/binaries/find.ts";
import { createMetrics } from "../server/running-server.ts";

test("the metrics are clean for the linter of promtool", async () => {
  const lint = await findLinter();
  const metrics = createMetrics({ certificateExpiryMs: () => Date.now() });
  assert.deepEqual(lint(await metrics.render()), [0, ""]);
  metrics.countResponse({
    operation: 'a"b\n',
    kind: { group: "", kind: "Pod" },
    outcome: "injected",
    liveRead: { scope: "namespace", result: "fresh" },
    durationSeconds: 0.002,
  });
  assert.deepEqual(lint(await metrics.render()), [0, ""]);
  assert.equal(lint("# TYPE a_total gauge\na_total 1\n")[0], 3, "the linter finds what is wrong");
});

test("the metrics of the controller are clean for the linter of promtool", async () => {
  const lint = await findLinter();
  const waitingPods = () => new Map([["no-credential", 3]] as const);
  const metrics = new ControllerMetrics({ version: "1.2.3", watchedResources: ["secrets", "pods"] });
  const healing = new HealingMetrics(metrics.registry, waitingPods);
  const blocked = new Map([["name-taken", 2]] as const);
  const sharing = new SharingMetrics(metrics.registry, () => ({ sources: 1, wanted: 7, there: 5, blocked }));
  assert.deepEqual(lint(await metrics.render()), [0, ""]);
  healing.countEviction(0.7);
  sharing.countWrite("create");
  sharing.countShared(3);
  metrics.countWatchRestart("pods");
  const text = await metrics.render();
  assert.match(text, /^pullring_shared_copies\{state="wanted"\} 7$/m);
  assert.match(text, /^pullring_shared_copies_blocked\{reason="name-taken"\} 2$/m);
  assert.match(text, /^pullring_shared_copies_blocked\{reason="quota-full"\} 0$/m);
  assert.match(text, /^pullring_waiting_pods\{verdict="no-credential"\} 3$/m);
  assert.match(text, /^pullring_eviction_delay_seconds_count 1$/m);
  assert.deepEqual(lint(text), [0, ""]);
});

async function findLinter(): Promise<(input: string) => readonly [number | null, string]> {
  const { promlint } = await findBinaries(["promlint"]);
  return (input) => {
    const { status, stdout } = spawnSync(promlint, { input, encoding: "utf8" });
    return [status, stdout];
  };
}
