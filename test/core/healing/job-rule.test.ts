/** An evicted Pod counts as failed for its Job: when is that without consequence? */
import assert from "node:assert/strict";
import { test } from "node:test";
import { toleratesFailure } from "../../../src/core/healing/job-rule.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";

const IGNORE = { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] };
const EXIT = { action: "FailJob", onExitCodes: { operator: "In", values: [137] } };
const failedOfIndex = (count: string): JsonObject => ({
  metadata: { annotations: { "batch.kubernetes.io/job-index-failure-count": count } },
});

const rows: readonly (readonly [title: string, isTolerated: boolean, job: JsonObject, pod?: JsonObject])[] = [
  ["the default of 6, none failed", true, { spec: { backoffLimit: 6 } }],
  ["no limit written", true, { spec: {} }],
  ["2 of 6 failed", true, { spec: { backoffLimit: 6 }, status: { failed: 2 } }],
  ["3 of 6 failed", false, { spec: { backoffLimit: 6 }, status: { failed: 3 } }],
  ["a limit of 0", false, { spec: { backoffLimit: 0 } }],
  ["a limit of 1", false, { spec: { backoffLimit: 1 } }],
  ["a limit of 2", true, { spec: { backoffLimit: 2 } }],
  ["a limit that is no number", false, { spec: { backoffLimit: 6 }, status: { failed: "x" } }],
  ["0 for each index", false, { spec: { backoffLimit: 2147483647, backoffLimitPerIndex: 0 } }, failedOfIndex("0")],
  ["4 for each index, 1 failed", true, { spec: { backoffLimitPerIndex: 4 } }, failedOfIndex("1")],
  ["4 for each index, 2 failed", false, { spec: { backoffLimitPerIndex: 4 } }, failedOfIndex("2")],
  [
    "4 for each index, a limit of 0 for all",
    false,
    { spec: { backoffLimitPerIndex: 4, backoffLimit: 0 } },
    failedOfIndex("0"),
  ],
  [
    "4 for each index, 3 of 6 failed",
    false,
    { spec: { backoffLimitPerIndex: 4, backoffLimit: 6 }, status: { failed: 3 } },
    failedOfIndex("0"),
  ],
  ["a policy that ignores disruptions", true, { spec: { backoffLimit: 0, podFailurePolicy: { rules: [IGNORE] } } }],
  ["another rule before it", false, { spec: { backoffLimit: 6, podFailurePolicy: { rules: [EXIT, IGNORE] } } }],
  [
    "a rule for pods without a disruption",
    false,
    {
      spec: {
        podFailurePolicy: {
          rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "False" }] }],
        },
      },
    },
  ],
  ["a policy that ignores an exit code", false, { spec: { podFailurePolicy: { rules: [{ action: "Ignore" }] } } }],
  ["a policy without rules", true, { spec: { podFailurePolicy: { rules: [] } } }],
  ["a suspended Job", false, { spec: { suspend: true, backoffLimit: 6 } }],
  [
    "a finished Job",
    false,
    { spec: { backoffLimit: 6 }, status: { conditions: [{ type: "Failed", status: "True" }] } },
  ],
  [
    "a Job that was suspended once",
    true,
    { spec: { backoffLimit: 6 }, status: { conditions: [{ type: "Suspended", status: "False" }] } },
  ],
];

for (const [title, isTolerated, job, pod = {}] of rows) {
  test(`${title}: ${isTolerated ? "one failure more changes nothing" : "left alone"}`, () => {
    assert.equal(toleratesFailure(job, pod), isTolerated);
  });
}
