import assert from "node:assert/strict";
import { test } from "node:test";
import { Contest } from "../../../src/controller/sharing/contest.ts";
import { ManualClock } from "../../manual-clock.ts";

test("five writes are free; each one more makes the pause twice as long, up to five minutes", () => {
  const contest = new Contest(new ManualClock());
  const pauses = Array.from({ length: 16 }, () => {
    contest.note("shop/hub", 7);
    return contest.heldUntilMs("shop/hub", 7);
  });
  assert.deepEqual(pauses.slice(0, 8), [0, 0, 0, 0, 0, 1_000, 2_000, 4_000]);
  assert.equal(pauses.at(-1), 300_000);
});

test("neither a new version of the source nor another copy is held back", () => {
  const contest = new Contest(new ManualClock());
  for (let count = 0; count < 9; count += 1) contest.note("shop/hub", 7);
  assert.equal(contest.heldUntilMs("shop/hub", 8), 0);
  assert.equal(contest.heldUntilMs("shop/quay", 7), 0);
  assert.notEqual(contest.heldUntilMs("shop/hub", 7), 0);
  contest.note("shop/hub", 8);
  assert.equal(contest.heldUntilMs("shop/hub", 8), 0);
});

test("is over when nothing was written for ten minutes", () => {
  const clock = new ManualClock();
  const contest = new Contest(clock);
  for (let count = 0; count < 9; count += 1) contest.note("shop/hub", 7);
  clock.advance(599_999);
  assert.notEqual(contest.heldUntilMs("shop/hub", 7), 0);
  clock.advance(1);
  assert.equal(contest.heldUntilMs("shop/hub", 7), 0);
});
