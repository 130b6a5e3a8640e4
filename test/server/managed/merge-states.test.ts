/** What stored and remembered states are together, as a table of symbols. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mergeStates } from "../../../src/server/managed/merge-states.ts";
import { type CaCertificate, EMPTY_STATE, type TrustState } from "../../../src/server/managed/trust-state.ts";
import { ca, leaf, state } from "./symbols.ts";
import { DAY_MS, POLICY } from "./test-replica.ts";

describe("what stored and remembered states are together", () => {
  const describeState = ({ authority, leaf, trusted }: TrustState) =>
    [authority?.key, leaf?.fingerprint, ...trusted.map(({ fingerprint }) => fingerprint)].join(" ");
  const young = state(41, leaf(41, 41), 41, 0);
  const backup = state(0, leaf(38, 0), 0);
  const rows: readonly (readonly [
    string,
    TrustState,
    TrustState,
    number,
    readonly CaCertificate[],
    string,
  ])[] = [
    ["an empty Secret gets what is remembered", EMPTY_STATE, young, 42, [], "key41 leaf41of41 ca41 ca0"],
    ["a backup gives way to what is remembered", backup, young, 42, [], "key41 leaf41of41 ca41 ca0"],
    ["what is newer in the Secret is taken", young, backup, 42, [], "key41 leaf41of41 ca41 ca0"],
    ["what has ended is left out", state(0, leaf(0, 0), 0), EMPTY_STATE, 10, [], "key0  ca0"],
    [
      "an authority of the future is left out",
      state(50, undefined, 50),
      backup,
      42,
      [],
      "key0 leaf38of0 ca0",
    ],
    [
      "the old authority stays while a leaf of it could live",
      young,
      young,
      49.9,
      [],
      "key41 leaf41of41 ca41 ca0",
    ],
    ["and leaves afterwards", { ...young, leaf: leaf(47, 41) }, young, 50.1, [], "key41 leaf47of41 ca41"],
    [
      "an authority of ours that only the caBundle has is kept",
      backup,
      EMPTY_STATE,
      42,
      [ca(41)],
      "key0 leaf38of0 ca41 ca0",
    ],
    ["one of somebody else is not", backup, EMPTY_STATE, 42, [ca(41, false)], "key0 leaf38of0 ca0"],
    ["unless there is no authority at all", EMPTY_STATE, EMPTY_STATE, 42, [ca(41, false)], "  ca41"],
  ];
  for (const [title, stored, remembered, day, applied, expected] of rows) {
    test(title, () => {
      const merged = mergeStates({ stored, remembered, applied, nowMs: day * DAY_MS }, POLICY);
      assert.equal(describeState(merged), expected);
      assert.deepEqual(
        mergeStates({ stored: merged, remembered: merged, applied, nowMs: day * DAY_MS }, POLICY),
        merged,
      );
    });
  }
});
