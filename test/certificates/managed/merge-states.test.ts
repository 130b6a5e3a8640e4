/** What stored and remembered states are together, as a table of symbols. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MAX_TRUSTED, mergeStates } from "../../../src/certificates/managed/merge-states.ts";
import {
  type CaCertificate,
  EMPTY_STATE,
  type TrustState,
} from "../../../src/certificates/managed/trust-state.ts";
import { ca, leaf, state } from "./symbols.ts";
import { DAY_MS, POLICY } from "./test-replica.ts";

describe("what stored and remembered states are together", () => {
  const describeState = ({ authority, leaf, trusted }: TrustState) =>
    [authority?.key, leaf?.fingerprint, ...trusted.map(({ fingerprint }) => fingerprint)].join(" ");
  const young = state(41, leaf(41, 41), 41, 0);
  const later = { ...young, leaf: leaf(55, 41) };
  const joined = { ...state(41, leaf(41, 41), 41), trusted: [ca(41), ca(10, false)] };
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
    ["the old authority stays until its end", later, later, 59.9, [], "key41 leaf55of41 ca41 ca0"],
    ["and leaves then", later, later, 60.1, [], "key41 leaf55of41 ca41"],
    [
      "one that a backup brought back stays beside its successor",
      state(0, leaf(50, 0), 0),
      state(41, leaf(49, 41), 41),
      56,
      [],
      "key41 leaf49of41 ca41 ca0",
    ],
    [
      "one of somebody else stays while a leaf could live",
      joined,
      joined,
      49.9,
      [],
      "key41 leaf41of41 ca41 ca10",
    ],
    ["and leaves afterwards", { ...joined, leaf: leaf(47, 41) }, joined, 50.1, [], "key41 leaf47of41 ca41"],
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

  test("damage without end makes the oldest leave, but not the one that signs", () => {
    const days = Array.from({ length: MAX_TRUSTED + 10 }, (_, position) => 1 + position / 100);
    const knowledge = { stored: backup, remembered: EMPTY_STATE, applied: days.map((day) => ca(day)) };
    const { trusted } = mergeStates({ ...knowledge, nowMs: 42 * DAY_MS }, POLICY);
    const newest = days.reverse().slice(0, MAX_TRUSTED);
    assert.deepEqual(trusted, [...newest.map((day) => ca(day)), ca(0)]);
  });
});
