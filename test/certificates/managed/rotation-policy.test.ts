/** Which durations can work together. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  DEFAULT_ROTATION,
  listPolicyErrors,
  type RotationPolicy,
} from "../../../src/certificates/managed/rotation-policy.ts";
import { DAY_MS } from "./scene.ts";

describe("durations of managed certificates", () => {
  test("are ten years, seven days and a minute by default", () => {
    const { caValidityMs, leafValidityMs, overlapMs } = DEFAULT_ROTATION;
    assert.deepEqual([caValidityMs / DAY_MS, leafValidityMs / DAY_MS, overlapMs], [3650, 7, 60_000]);
    assert.deepEqual(listPolicyErrors(DEFAULT_ROTATION), []);
  });

  const refused: readonly (readonly [string, Partial<RotationPolicy>, RegExp])[] = [
    ["a leaf of a second", { leafValidityMs: 1_000 }, /certificate lifetime of 3000 ms or more/],
    ["a CA no longer than its leaf", { caValidityMs: 7 * DAY_MS }, /two certificates/],
    ["an overlap as long as a CA takes to end", { overlapMs: 700 * DAY_MS }, /overlap under a sixth/],
    ["a negative overlap", { overlapMs: -1 }, /overlap under a sixth/],
    ["an overlap that is no number", { overlapMs: Number.NaN }, /overlap under a sixth/],
  ];
  for (const [what, change, error] of refused) {
    test(`${what} is refused`, () => {
      assert.match(listPolicyErrors({ ...DEFAULT_ROTATION, ...change }).join("\n"), error);
    });
  }
});
