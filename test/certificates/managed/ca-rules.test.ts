/** The rules about CAs as tables: symbols instead of certificates, days instead of dates. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chooseSigner, MAX_CAS, mergeCas, newCaAt } from "../../../src/certificates/managed/ca-rules.ts";
import type { Ca } from "../../../src/certificates/pem-bundle.ts";
import { DAY_MS, POLICY } from "./scene.ts";

/** A CA made at `day`, named by it. It lives 60 days and is followed after 40. */
function keyless(day: number, isOurs = true): Ca {
  const createdAtMs = day * DAY_MS;
  const notBeforeMs = createdAtMs - 3_600_000;
  const notAfterMs = createdAtMs + POLICY.caValidityMs;
  const name = `ca${day}`;
  return { pem: name, fingerprint: name, createdAtMs, notBeforeMs, notAfterMs, isOurs, key: undefined };
}
const ca = (day: number): Ca => ({ ...keyless(day), key: `key${day}` });
const foreign = (day: number): Ca => keyless(day, false);
const show = (cas: readonly Ca[]): string =>
  cas.map(({ fingerprint, key }) => (key === undefined ? fingerprint : `${fingerprint}+key`)).join(" ");

describe("which CAs are kept", () => {
  // Title, day, what is stored, last seen and applied, and what is kept.
  const rows: readonly (readonly [string, number, Ca[], Ca[], Ca[], string])[] = [
    ["an empty Secret gets what was last seen", 42, [], [ca(41), ca(0)], [], "ca41+key ca0+key"],
    ["a backup gets what is newer", 42, [ca(0)], [ca(41), ca(0)], [], "ca41+key ca0+key"],
    ["what is newer in the Secret is taken", 42, [ca(41), ca(0)], [ca(0)], [], "ca41+key ca0+key"],
    ["a lost key comes back", 42, [keyless(41)], [ca(41)], [], "ca41+key"],
    ["a key is not lost by what was last seen", 42, [ca(41)], [keyless(41)], [], "ca41+key"],
    ["one of the future is left out", 42, [ca(50)], [ca(0)], [], "ca0+key"],
    ["an old one stays until its end", 59.9, [ca(41), ca(0)], [], [], "ca41+key ca0+key"],
    ["and leaves then, wherever it is", 60.1, [ca(41), ca(0)], [ca(0)], [ca(0)], "ca41+key"],
    ["one of ours that only the caBundle has is kept", 42, [ca(0)], [], [keyless(41)], "ca41 ca0+key"],
    ["one of somebody else is not", 42, [ca(0)], [], [foreign(41)], "ca0+key"],
    ["unless no CA of ours has a key", 42, [keyless(41)], [], [foreign(40)], "ca41 ca40"],
    ["it stays while a leaf could live", 49.9, [ca(41), foreign(10)], [], [], "ca41+key ca10"],
    ["and leaves afterwards", 50.1, [ca(41), foreign(10)], [foreign(10)], [], "ca41+key"],
  ];
  for (const [title, day, stored, lastSeen, applied, expected] of rows) {
    test(title, () => {
      const context = { nowMs: day * DAY_MS, policy: POLICY };
      const merged = mergeCas({ stored, lastSeen, applied }, context);
      assert.equal(show(merged), expected);
      assert.deepEqual(mergeCas({ stored: merged, lastSeen: merged, applied: merged }, context), merged);
    });
  }

  test("damage without end makes the oldest leave", () => {
    const applied = Array.from({ length: MAX_CAS + 10 }, (_, age) => keyless(40 - age / 100));
    const context = { nowMs: 42 * DAY_MS, policy: POLICY };
    assert.deepEqual(mergeCas({ stored: [], lastSeen: [], applied }, context), applied.slice(0, MAX_CAS));
  });
});

describe("when a CA is made", () => {
  const second = 1 / 86_400;
  const rows: readonly (readonly [string, number, Ca[], number | undefined])[] = [
    ["there is none: now", 1, [], 1],
    ["there is one of somebody else only: now", 1, [foreign(0)], 1],
    ["it has 20 days left: not yet", 39.9, [ca(0)], undefined],
    ["it has less: now", 40.1, [ca(0)], 40.1],
    ["its successor is there: not yet", 41, [ca(40), ca(0)], undefined],
    ["the newest has no key: now", 5.5, [keyless(5), ca(0)], 5.5],
    ["the newest has no key and was made by a clock that is ahead: later than that", 5, [keyless(5.01)], 5.01 + second],
  ];
  for (const [title, day, cas, expected] of rows) {
    test(title, () => {
      const madeAtMs = newCaAt(cas, day * DAY_MS);
      assert.equal(madeAtMs, expected && Math.round(expected * DAY_MS));
    });
  }
});

describe("which CA signs the next leaf", () => {
  // A minute is the overlap; the newest CA was made a second ago.
  const now = 41 + 1 / 86_400;
  const both = [ca(41), ca(0)];
  interface Case {
    readonly cas: readonly Ca[];
    readonly applied: readonly number[];
    readonly isSettled?: boolean;
    readonly servedBy?: number;
    readonly day?: number;
  }
  const rows: readonly (readonly [string, Case, string | undefined])[] = [
    ["settled: the newest", { cas: both, applied: [0, 41], isSettled: true, servedBy: 0 }, "ca41"],
    ["settled, the newest is not applied: the next", { cas: both, applied: [0], isSettled: true }, "ca0"],
    [
      "settled, the newest has no key: the next",
      { cas: [keyless(41), ca(0)], applied: [0, 41], isSettled: true },
      "ca0",
    ],
    ["not settled: that of the served leaf", { cas: both, applied: [0, 41], servedBy: 0 }, "ca0"],
    ["not settled, and it is the newest: the same", { cas: both, applied: [0, 41], servedBy: 41 }, "ca41"],
    ["a start: the oldest", { cas: both, applied: [0, 41] }, "ca0"],
    ["a start, the oldest is not applied: the only one that is", { cas: both, applied: [41] }, "ca41"],
    ["a start, the oldest ends within two overlaps: the next", { cas: both, applied: [0, 41], day: 59.999 }, "ca41"],
    ["the served one is not applied any more: the oldest that is", { cas: both, applied: [0], servedBy: 41 }, "ca0"],
    ["the first start: the only one, young as it is", { cas: [ca(41)], applied: [41] }, "ca41"],
    ["a young one beside one without a key: none yet", { cas: [ca(41), keyless(0)], applied: [0, 41] }, undefined],
    ["a young one beside one of somebody else: none yet", { cas: [ca(41), foreign(0)], applied: [0, 41] }, undefined],
    ["an older one beside one without a key: it", { cas: [ca(40), keyless(0)], applied: [0, 40] }, "ca40"],
    ["none is applied: none", { cas: both, applied: [], isSettled: true, servedBy: 0 }, undefined],
  ];
  for (const [title, { cas, applied, isSettled = false, servedBy, day = now }, expected] of rows) {
    test(title, () => {
      const there = { has: (name: string) => applied.some((made) => name === `ca${made}`), isSettled };
      const context = {
        nowMs: day * DAY_MS,
        policy: POLICY,
        servedBy: servedBy === undefined ? undefined : `ca${servedBy}`,
      };
      assert.equal(chooseSigner(cas, there, context)?.fingerprint, expected);
    });
  }
});
