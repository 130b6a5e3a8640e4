/** Which durations can work together. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { listPolicyErrors, type RotationPolicy } from "../../../src/certificates/managed/rotation-policy.ts";
import { DAY_MS } from "./scene.ts";

const GOOD: RotationPolicy = { caValidityMs: 3650 * DAY_MS, leafValidityMs: 7 * DAY_MS, overlapMs: 60_000 };

const rows: readonly (readonly [string, Partial<RotationPolicy>, RegExp])[] = [
  ["the defaults are good", {}, /^$/],
  ["a leaf of a second is refused", { leafValidityMs: 1_000 }, /certificate lifetime of 3000 ms or more/],
  ["a CA no longer than its leaf is refused", { caValidityMs: 7 * DAY_MS }, /two certificates/],
  ["an overlap as long as a CA takes to end is refused", { overlapMs: 700 * DAY_MS }, /overlap under a sixth/],
  ["a negative overlap is refused", { overlapMs: -1 }, /overlap under a sixth/],
  ["an overlap that is no number is refused", { overlapMs: Number.NaN }, /overlap under a sixth/],
];
for (const [title, change, errors] of rows) {
  test(title, () => assert.match(listPolicyErrors({ ...GOOD, ...change }).join("\n"), errors));
}
