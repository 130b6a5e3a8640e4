import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeOutcomes } from "../../../src/core/verdicts/registry-outcome.ts";

test("the kubelet is content with the first login that pulls", () => {
  const refused = { secret: "a", outcome: { code: "refused" } } as const;
  const pulls = { secret: "b", outcome: { code: "pulls" } } as const;
  assert.deepEqual(judgeOutcomes([refused, pulls, { ...pulls, secret: "c" }]), { code: "would-pull", secret: "b" });
});

test("of several failures the one that says most is told, and of equal ones the first", () => {
  const unreachable = { secret: "a", outcome: { code: "unreachable", host: "quay.io", reason: "ENOTFOUND" } } as const;
  const refused = { secret: "b", outcome: { code: "refused" } } as const;
  assert.deepEqual(judgeOutcomes([unreachable, refused, { ...refused, secret: "c" }]), {
    code: "would-fail",
    ...refused,
  });
});
