/** One Pod of an owner first, the others once its successor has the names, and none where a successor came without. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nextStep, type Step, type StepEvidence } from "../../../src/core/healing/next-step.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";

const STARTED = "2026-01-01T00:00:30Z";

function sibling(second: number, names?: readonly string[], metadata: JsonObject = {}, uid = "owner"): JsonObject {
  return {
    metadata: {
      creationTimestamp: `2026-01-01T00:00:${String(second).padStart(2, "0")}Z`,
      ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid, controller: true }],
      ...metadata,
    },
    spec: names === undefined ? {} : { imagePullSecrets: names.map((name) => ({ name })) },
  };
}

const old = sibling(10);
const rows: readonly (readonly [title: string, step: Step, changes: Partial<StepEvidence>])[] = [
  ["none was evicted", "first", {}],
  ["the first is on its way", "wait", { startedAt: STARTED }],
  ["its successor has the names", "next", { startedAt: STARTED, siblings: [old, sibling(31, ["other", "team"])] }],
  ["a Pod had the names from the start", "next", { siblings: [old, sibling(5, ["team"])] }],
  ["its successor has other names", "stripped", { startedAt: STARTED, siblings: [old, sibling(31, ["other"])] }],
  ["its successor came in the same second", "stripped", { startedAt: STARTED, siblings: [old, sibling(30)] }],
  [
    "a Pod of the same second is known to be older",
    "wait",
    { startedAt: STARTED, siblings: [sibling(30, undefined, { uid: "old" })], olderUids: new Set(["old"]) },
  ],
  [
    "a successor that is being deleted counts for nothing",
    "wait",
    { startedAt: STARTED, siblings: [old, sibling(31, ["team"], { deletionTimestamp: STARTED })] },
  ],
  [
    "a Pod of another owner counts for nothing",
    "wait",
    { startedAt: STARTED, siblings: [old, sibling(31, ["team"], {}, "other"), {}] },
  ],
  ["nothing came of it", "first", { startedAt: STARTED, isStale: true }],
  [
    "a Pod without a time counts for nothing",
    "wait",
    { startedAt: STARTED, siblings: [sibling(1, undefined, { creationTimestamp: undefined })] },
  ],
];

for (const [title, step, changes] of rows) {
  test(`${title}: ${step}`, () => {
    const start = { startedAt: undefined, olderUids: new Set<string>(), isStale: false };
    const evidence = { owner: "owner", siblings: [old], secrets: ["team"], ...start };
    assert.equal(nextStep({ ...evidence, ...changes }), step);
  });
}
