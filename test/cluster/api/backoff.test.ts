/** Delays between attempts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../../../src/cluster/api/backoff.ts";

test("doubles the bound of the delay up to the cap, and takes any share of it by chance", () => {
  const chances = [0.5, 0.5, 0.5, 0.5, 0, 0.999];
  const backoff = new Backoff({ baseMs: 100, capMs: 400 }, () => chances.shift() ?? 0);
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => backoff.fail()),
    [50, 100, 200, 200, 0],
  );
  backoff.succeed();
  assert.equal(backoff.fail(), 99.9);
});

test("waits for as long as the server asks, but for no more than five minutes", () => {
  const backoff = new Backoff({ baseMs: 100, capMs: 400 }, () => 0);
  assert.equal(backoff.fail(7_000), 7_000);
  assert.equal(backoff.fail(86_400_000), 300_000);
});
