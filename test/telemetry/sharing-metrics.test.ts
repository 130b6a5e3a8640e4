/** What /metrics of the controller shows of sharing: everything from zero. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Registry } from "prom-client";
import { SharingMetrics } from "../../src/telemetry/sharing-metrics.ts";

test("counts sources, copies and writes, each state and reason from zero", async () => {
  const registry = new Registry();
  const blocked = new Map([["quota-full", 4]] as const);
  const metrics = new SharingMetrics(registry, () => ({ sources: 2, wanted: 9, there: 5, blocked }));
  metrics.countWrite("replace");
  metrics.countShared(0.7);
  const text = await registry.metrics();
  const shown = [...text.matchAll(/^pullring_(shared_\S+) (\d+)$/gm)].map(([, name, value]) => `${name} ${value}`);
  assert.deepEqual(shown, [
    "shared_credentials 2",
    'shared_copies{state="wanted"} 9',
    'shared_copies{state="there"} 5',
    'shared_copies_blocked{reason="name-taken"} 0',
    'shared_copies_blocked{reason="quota-full"} 4',
    'shared_copies_blocked{reason="refused"} 0',
    'shared_copies_blocked{reason="missing-right"} 0',
    'shared_copies_blocked{reason="server-failed"} 0',
    'shared_copies_blocked{reason="contested"} 0',
    'shared_copy_writes_total{step="create"} 0',
    'shared_copy_writes_total{step="replace"} 1',
    'shared_copy_writes_total{step="remove"} 0',
  ]);
  assert.match(text, /^pullring_sharing_delay_seconds_bucket\{le="1"\} 1$/m);
});
