import assert from "node:assert/strict";
import { test } from "node:test";
import { type Finding, findingAt } from "../../../src/core/verdicts/finding.ts";

test("a token is over from the second on at which it ends", () => {
  const finding: Finding = { code: "token-expires", registry: "quay.io", expiresAt: 100 };
  assert.equal(findingAt(finding, 99.9).code, "token-expires");
  assert.deepEqual(findingAt(finding, 100), { ...finding, code: "token-expired" });
  assert.deepEqual(findingAt({ code: "not-json" }, 100), { code: "not-json" });
});
