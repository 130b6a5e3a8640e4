/** When an authority counts as trusted by every API server. */
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { BundleObserver } from "../../../src/certificates/managed/bundle-observer.ts";
import { ca } from "./symbols.ts";

const OVERLAP_MS = 60_000;
const bundle = (resourceVersion: string, ...days: readonly number[]) => ({
  certificates: days.map((day) => ca(day)),
  resourceVersion,
});

describe("an authority in the caBundle", () => {
  let elapsedMs: number;
  let observer: BundleObserver;
  beforeEach(() => {
    elapsedMs = 5_000;
    observer = new BundleObserver(OVERLAP_MS, () => elapsedMs);
    observer.observe(bundle("1", 1), elapsedMs);
  });
  const seen = () => [observer.isApplied("ca1"), observer.isSettled("ca1")];

  test("is applied at once, and settled by a reading after the overlap", () => {
    assert.deepEqual(seen(), [true, false]);
    elapsedMs += OVERLAP_MS - 1;
    observer.observe(bundle("1", 1), elapsedMs);
    assert.deepEqual(seen(), [true, false]);
    elapsedMs += 1;
    assert.deepEqual(seen(), [true, false]);
    observer.observe(bundle("1", 1), elapsedMs);
    assert.deepEqual(seen(), [true, true]);
  });

  test("is not settled by an answer that was asked for too early", () => {
    elapsedMs += OVERLAP_MS;
    observer.observe(bundle("1", 1), elapsedMs - 1);
    assert.deepEqual(seen(), [true, false]);
  });

  test("settles anew after each change, as it may have been gone in between", () => {
    elapsedMs += OVERLAP_MS;
    observer.observe(bundle("3", 1, 2), elapsedMs);
    assert.deepEqual(seen(), [true, false]);
    elapsedMs += OVERLAP_MS;
    observer.observe(bundle("3", 1, 2), elapsedMs);
    assert.deepEqual(seen(), [true, true]);
  });

  test("is neither when it is gone", () => {
    elapsedMs += OVERLAP_MS;
    observer.observe(bundle("2", 2), elapsedMs);
    assert.deepEqual(seen(), [false, false]);
  });

  test("is both where no caBundle is ours to fill, until there is one", () => {
    observer.observe(undefined, elapsedMs);
    assert.deepEqual(seen(), [true, true]);
    observer.observe(bundle("2"), elapsedMs);
    assert.deepEqual(seen(), [false, false]);
  });
});
