import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isWithinEdits } from "../../../src/core/verdicts/edit-distance.ts";
import { checkProperty } from "../admission/property.ts";

for (const [left, right, edits] of [
  ["", "", 0],
  ["ghcr", "ghcr", 0],
  ["ghcr", "gcr", 1],
  ["ghcr", "ghhcr", 1],
  ["ghcr", "gbcr", 1],
  ["ghcr", "gchr", 1],
  ["oi", "io", 1],
  ["", "a", 1],
  ["registry", "regiztri", 2],
  ["registry", "ergisty", 2],
  ["example", "exmapel", 2],
  ["us", "eu", 2],
  ["abc", "xyz", 3],
] as const) {
  test(`${JSON.stringify(left)} and ${JSON.stringify(right)} are ${edits} letters apart`, () => {
    const within = [0, 1, 2, 3].map((max) => isWithinEdits(left, right, max));
    assert.deepEqual(
      within,
      [0, 1, 2, 3].map((max) => max >= edits),
    );
  });
}

test("it is the same from both sides, and more edits include fewer", () => {
  const texts = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 6 });
  checkProperty(
    fc.property(texts, texts, fc.nat(2), (left, right, max) => {
      assert.equal(isWithinEdits(left, right, max), isWithinEdits(right, left, max));
      assert.ok(!isWithinEdits(left, right, max) || isWithinEdits(left, right, max + 1));
    }),
  );
});
