/** Which durations can work together. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  DEFAULT_ROTATION,
  listPolicyFaults,
  type RotationPolicy,
} from "../../../src/certificates/managed/rotation-policy.ts";

describe("durations of managed certificates", () => {
  test("are ten years, 90 days, two thirds and a minute by default", () => {
    assert.deepEqual(listPolicyFaults(DEFAULT_ROTATION), []);
    const days = [DEFAULT_ROTATION.caValidityMs, DEFAULT_ROTATION.leafValidityMs].map(
      (ms) => ms / 86_400_000,
    );
    assert.deepEqual([...days, DEFAULT_ROTATION.overlapMs], [3650, 90, 60_000]);
  });

  const refused: readonly (readonly [string, Partial<RotationPolicy>, RegExp])[] = [
    [
      "a leaf of a second",
      { leafValidityMs: 1_000, overlapMs: 0 },
      /certificate lifetime of 3000 ms or more/,
    ],
    ["an overlap as long as the time to renew", { overlapMs: 30 * 86_400_000 }, /overlap under half/],
    ["a negative overlap", { overlapMs: -1 }, /overlap under half/],
    ["an authority no longer than its leaf", { caValidityMs: 90 * 86_400_000 }, /two certificates/],
    ["a renewal after the end", { renewalFraction: 1 }, /renewal fraction between 0 and 1/],
    ["a renewal at no time", { renewalFraction: Number.NaN }, /renewal fraction between 0 and 1/],
  ];
  for (const [what, change, fault] of refused) {
    test(`${what} is refused`, () => {
      assert.match(listPolicyFaults({ ...DEFAULT_ROTATION, ...change }).join("\n"), fault);
    });
  }
});
