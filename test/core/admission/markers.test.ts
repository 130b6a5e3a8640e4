import assert from "node:assert/strict";
import { test } from "node:test";
import { isOptedOut } from "../../../src/core/admission/markers.ts";

for (const [value, optedOut] of [
  ["false", true],
  ["true", false],
  ["False", false],
  ["", false],
  [false, false],
  [null, false],
  [undefined, false],
] as const) {
  test(`the label with the value ${JSON.stringify(value)} ${optedOut ? "opts out" : "means nothing"}`, () => {
    assert.equal(isOptedOut({ metadata: { labels: { "pullring.dev/inject": value } } }), optedOut);
  });
}

test("an annotation of that name and an object without labels mean nothing", () => {
  assert.equal(isOptedOut({ metadata: { annotations: { "pullring.dev/inject": "false" } } }), false);
  assert.equal(isOptedOut("text"), false);
});
