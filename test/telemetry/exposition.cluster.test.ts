/** `promtool check metrics` has nothing against what /metrics shows, with responses counted and without. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { findBinaries } from "../e2e/binaries/find.ts";
import { createMetrics } from "../server/running-server.ts";

test("the metrics are clean for the linter of promtool", async () => {
  const { promlint } = await findBinaries(["promlint"]);
  const lint = (input: string): readonly [number | null, string] => {
    const { status, stdout } = spawnSync(promlint, { input, encoding: "utf8" });
    return [status, stdout];
  };
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
