import assert from "node:assert/strict";
import { test } from "node:test";
import { Pauses } from "../../../src/controller/sharing/pauses.ts";
import type { BlockCode } from "../../../src/core/verdicts/sharing-problem.ts";
import { ManualClock } from "../../manual-clock.ts";

const HUB = { namespace: "shop", name: "hub" };
const QUAY = { namespace: "shop", name: "quay" };

test("what was written is left alone for five seconds, and has nothing against it", () => {
  const pauses = new Pauses(new ManualClock());
  pauses.settle(HUB);
  assert.equal(pauses.untilMs(HUB), 5_000);
  assert.equal(pauses.untilMs(QUAY), 0);
  assert.equal(pauses.codeOf(HUB), undefined);
  assert.equal(pauses.countBlocked().size, 0);
});

const LONGEST: readonly (readonly [BlockCode, number])[] = [
  ["quota-full", 600_000],
  ["name-taken", 600_000],
  ["server-failed", 60_000],
];
for (const [code, longest] of LONGEST) {
  test(`${code}: each pause is twice as long as the last, up to ${longest / 1_000} s`, () => {
    const pauses = new Pauses(new ManualClock());
    const times = Array.from({ length: 9 }, () => pauses.block(HUB, code));
    assert.deepEqual(times.slice(0, 3), [10_000, 20_000, 40_000]);
    assert.equal(times.at(-1), longest);
    assert.equal(pauses.codeOf(HUB), code);
  });
}

test("one that is over begins anew", () => {
  const pauses = new Pauses(new ManualClock());
  for (let count = 0; count < 5; count += 1) pauses.block(HUB, "refused");
  pauses.end(HUB);
  assert.equal(pauses.untilMs(HUB), 0);
  assert.equal(pauses.block(HUB, "refused"), 10_000);
});

test("those that are due are given, the next one has its time, and all are counted by what is against them", () => {
  const pauses = new Pauses(new ManualClock());
  assert.equal(pauses.nextMs(0), Number.POSITIVE_INFINITY);
  pauses.settle(HUB);
  pauses.block(QUAY, "refused");
  pauses.blockUntil({ namespace: "other", name: "hub" }, "contested", 7_000);
  assert.deepEqual([...pauses.due(4_999)], []);
  assert.deepEqual([...pauses.due(5_000)], [HUB]);
  assert.deepEqual([...pauses.due(60_000)], [HUB, QUAY, { namespace: "other", name: "hub" }]);
  assert.equal(pauses.nextMs(0), 5_000);
  assert.equal(pauses.nextMs(5_000), 7_000);
  assert.deepEqual(
    [...pauses.countBlocked()],
    [
      ["refused", 1],
      ["contested", 1],
    ],
  );
});
