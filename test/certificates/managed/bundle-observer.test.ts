/** When a CA counts as trusted by every API server. */
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { makeLocalCertificate } from "../../../src/certificates/issue.ts";
import { BundleObserver } from "../../../src/certificates/managed/bundle-observer.ts";
import type { CaBundleSnapshot } from "../../../src/certificates/managed/ports.ts";
import { fingerprints, POLICY, START_MS, TestClock } from "./scene.ts";

const OVERLAP_MS = POLICY.overlapMs;
const [{ caCert: pem }, { caCert: other }] = [
  await makeLocalCertificate(START_MS),
  await makeLocalCertificate(START_MS),
];
const [name = ""] = fingerprints(pem);

function bundle(resourceVersion: string, ...bundles: readonly string[]): CaBundleSnapshot {
  return { bundles, resourceVersion, serverTimeMs: undefined, replace: async () => "conflict" };
}

describe("a CA in the caBundle", () => {
  let clock: TestClock;
  let observer: BundleObserver;
  const observe = (snapshot: CaBundleSnapshot | undefined, readStartedAt = clock.elapsedMs) => {
    const applied = observer.observe(snapshot, readStartedAt);
    return [applied.has(name), applied.isSettled];
  };
  beforeEach(() => {
    clock = new TestClock();
    observer = new BundleObserver({ overlapMs: OVERLAP_MS, clock });
  });

  test("is applied at once, and settled by a snapshot after the overlap", () => {
    assert.deepEqual(observe(bundle("1", pem)), [true, false]);
    clock.pass(OVERLAP_MS - 1);
    assert.deepEqual(observe(bundle("1", pem)), [true, false]);
    clock.pass(1);
    assert.deepEqual(observe(bundle("1", pem)), [true, true]);
  });

  test("is not settled by a snapshot that was asked for too early", () => {
    observe(bundle("1", pem));
    clock.pass(OVERLAP_MS);
    assert.deepEqual(observe(bundle("1", pem), clock.elapsedMs - 1), [true, false]);
  });

  test("settles again after each change, as it may have been gone in between", () => {
    observe(bundle("1", pem));
    clock.pass(OVERLAP_MS);
    assert.deepEqual(observe(bundle("3", pem + other)), [true, false]);
    clock.pass(OVERLAP_MS);
    assert.deepEqual(observe(bundle("3", pem + other)), [true, true]);
  });

  test("has to stand in every entry, in a text that can be read in one way only", () => {
    assert.deepEqual(observe(bundle("1", pem, other + pem)), [true, false]);
    assert.deepEqual(observe(bundle("2", pem, other)), [false, false]);
    assert.deepEqual(observe(bundle("3", `${pem}garbage`)), [false, false]);
  });

  test("is trusted where no caBundle is ours to fill, until there is one", () => {
    assert.deepEqual(observe(undefined), [true, true]);
    assert.deepEqual(observe(bundle("2", "")), [false, false]);
  });
});
