/** Changes are taken once, and whoever waits is woken. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ChangeSet } from "../../src/controller/change-set.ts";
import { ManualClock } from "../manual-clock.ts";

const NOTHING = { all: false, namespaces: new Set<string>(), names: new Map<string, Set<string>>() };

test("gives each change once", () => {
  const changes = new ChangeSet(new ManualClock());
  changes.note("a", "x");
  changes.note("a", "y");
  changes.note("a", "x");
  changes.note("b");
  const names = new Map([["a", new Set(["x", "y"])]]);
  assert.deepEqual(changes.take(), { all: false, namespaces: new Set(["b"]), names });
  assert.deepEqual(changes.take(), NOTHING);
  changes.note();
  assert.deepEqual(changes.take(), { ...NOTHING, all: true });
});

test("a wait ends with a change, also with one from before, and else with its time", async () => {
  const clock = new ManualClock();
  const changes = new ChangeSet(clock);
  const { signal } = new AbortController();
  const woken = changes.wait(1_000, signal);
  changes.note("a");
  await woken;
  await changes.wait(1_000, signal);
  changes.take();
  let isOver = false;
  const waiting = changes.wait(1_000, signal).then(() => {
    isOver = true;
  });
  await Promise.resolve();
  assert.equal(isOver, false);
  clock.advance(1_000);
  await waiting;
});
