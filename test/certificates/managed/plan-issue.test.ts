/** The decisions of rotation as tables: symbols instead of certificates, days instead of dates. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chooseServed, planIssue } from "../../../src/certificates/managed/plan-issue.ts";
import { EMPTY_STATE, type Leaf, type TrustState } from "../../../src/certificates/managed/trust-state.ts";
import { ca, leaf, state } from "./symbols.ts";
import { DAY_MS, POLICY } from "./test-replica.ts";

const appliedTrust = (applied: readonly number[], settled: readonly number[]) => ({
  isApplied: (fingerprint: string) => applied.some((day) => fingerprint === `ca${day}`),
  isSettled: (fingerprint: string) => settled.some((day) => fingerprint === `ca${day}`),
});

describe("what is made anew", () => {
  // Authorities live 60 days and are renewed with 20 left, leaves 9 with 3 left.
  const rows: readonly (readonly [
    string,
    TrustState,
    number,
    readonly number[],
    readonly number[],
    string,
  ])[] = [
    ["nothing is there: both", EMPTY_STATE, 1, [], [], "authority of day 1 and leaf"],
    ["all is young: nothing", state(0, leaf(0, 0), 0), 1, [0], [0], "nothing"],
    ["the leaf has more than 3 days left: nothing", state(0, leaf(0, 0), 0), 5.9, [0], [0], "nothing"],
    ["the leaf has less than 3 days left: a leaf", state(0, leaf(0, 0), 0), 6.1, [0], [0], "leaf"],
    ["the same, and the caBundle is young: a leaf as well", state(0, leaf(0, 0), 0), 6.1, [0], [], "leaf"],
    ["the same, and it is not in the caBundle: nothing", state(0, leaf(0, 0), 0), 6.1, [], [], "nothing"],
    ["there is no leaf: a leaf at once", state(0, undefined, 0), 1, [], [], "leaf"],
    [
      "the authority has less than 20 days left: an authority",
      state(0, leaf(38, 0), 0),
      41,
      [0],
      [0],
      "authority of day 41",
    ],
    [
      "the same without a leaf: a leaf of the trusted one first",
      state(0, undefined, 0),
      41,
      [0],
      [0],
      "leaf",
    ],
    [
      "the next authority is applied: nothing yet",
      state(41, leaf(38, 0), 0, 41),
      41.5,
      [0, 41],
      [0],
      "nothing",
    ],
    [
      "the next authority is settled: its first leaf",
      state(41, leaf(38, 0), 0, 41),
      41.5,
      [0, 41],
      [0, 41],
      "leaf",
    ],
    [
      "a newer authority has no key here: a still newer one",
      state(0, leaf(0, 0), 0, 5),
      5.5,
      [0, 5],
      [0, 5],
      "authority of day 5.5",
    ],
  ];
  for (const [title, known, day, applied, settled, expected] of rows) {
    test(title, () => {
      const context = { nowMs: day * DAY_MS, policy: POLICY, applied: appliedTrust(applied, settled) };
      const plan = planIssue(known, context);
      const made = [
        ...(plan.authorityAtMs === undefined ? [] : [`authority of day ${plan.authorityAtMs / DAY_MS}`]),
        ...(plan.leaf ? ["leaf"] : []),
      ];
      assert.equal(made.join(" and ") || "nothing", expected);
    });
  }

  test("an authority is younger than every other one, also when their maker's clock was ahead", () => {
    const known = { ...state(0, leaf(0, 0), 0), trusted: [ca(0), ca(41.01)] };
    const applied = appliedTrust([0], [0]);
    const plan = planIssue(known, { nowMs: 41 * DAY_MS, policy: POLICY, applied });
    assert.equal(plan.authorityAtMs, 41.01 * DAY_MS + 1_000);
  });
});

describe("which leaf is served", () => {
  const old = leaf(38, 0);
  const next = leaf(41, 41);
  const rows: readonly (readonly [
    string,
    Leaf | undefined,
    Leaf | undefined,
    number,
    readonly number[],
    readonly number[],
    Leaf | undefined,
  ])[] = [
    ["none while its authority is not applied", undefined, next, 41, [], [], undefined],
    ["the first one as soon as its authority is applied", undefined, next, 41, [41], [], next],
    ["the old one while the next authority is young", old, next, 41, [0, 41], [0], old],
    ["the next one when its authority is settled", old, next, 41, [0, 41], [0, 41], next],
    ["the next one at once when the old one has ended", old, next, 47, [0, 41], [0], next],
    ["the next one at once when only it is trusted", old, next, 41, [41], [], next],
    ["the old one when neither is trusted", old, next, 41, [], [], old],
    ["the old one when nothing is stored", old, undefined, 41, [0], [0], old],
    ["the renewed one of the same authority at once", leaf(0, 0), leaf(6, 0), 6, [0], [], leaf(6, 0)],
  ];
  for (const [title, serving, candidate, day, applied, settled, expected] of rows) {
    test(title, () => {
      const context = { nowMs: day * DAY_MS, applied: appliedTrust(applied, settled) };
      assert.equal(chooseServed(serving, candidate, context)?.fingerprint, expected?.fingerprint);
    });
  }
});
