/** When a CA counts as trusted by every API server. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Reconciler } from "../../../src/certificates/managed/reconciler.ts";
import { ApiServerError } from "../../../src/cluster/api/api-server-error.ts";
import { MemoryCluster } from "./memory-cluster.ts";
import { fingerprints, POLICY, SILENT, TestClock } from "./scene.ts";

const OVERLAP_MS = POLICY.overlapMs;
let clock: TestClock;
let cluster: MemoryCluster;
let reconciler: Reconciler;
/** How long the next read of the configuration takes. */
let readMs: number;
beforeEach(() => {
  [clock, cluster, readMs] = [new TestClock(), new MemoryCluster(), 0];
  const gate = async () => {
    clock.pass(readMs);
    readMs = 0;
  };
  reconciler = new Reconciler({ ...cluster.ports(gate), policy: POLICY, clock, logger: SILENT });
});

/** Whether the first CA is in the caBundle, and whether all API servers know what stands there. */
async function settle(): Promise<readonly unknown[]> {
  const state = await reconciler.settle();
  const [name = ""] = fingerprints(cluster.secret?.data["ca.crt"] ?? "");
  return [state?.applied.has(name), state?.applied.isSettled];
}

test("a CA is applied at once, and settled by a snapshot that was asked for after the overlap", async () => {
  assert.deepEqual(await settle(), [true, false]);
  clock.pass(OVERLAP_MS - 1);
  readMs = 1;
  assert.deepEqual(await settle(), [true, false]);
  assert.deepEqual(await settle(), [true, true]);
});

test("it settles again after each change, as it may have been gone in between", async () => {
  await settle();
  clock.pass(OVERLAP_MS);
  cluster.setBundle(...(cluster.bundle?.pems ?? []));
  assert.deepEqual(await settle(), [true, false]);
  clock.pass(OVERLAP_MS);
  assert.deepEqual(await settle(), [true, true]);
});

test("it has to stand in every entry, in a text that can be read in one way only", async () => {
  await settle();
  const [pem = ""] = cluster.bundle?.pems ?? [];
  cluster.bundleRefusal = new ApiServerError("no right");
  for (const [pems, isApplied] of [
    [[pem, pem], true],
    [[pem, ""], false],
    [[`${pem}garbage`], false],
  ] as const) {
    cluster.setBundle(...pems);
    assert.deepEqual(await settle(), [isApplied, false]);
  }
});
