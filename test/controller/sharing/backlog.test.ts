import assert from "node:assert/strict";
import { test } from "node:test";
import { Backlog } from "../../../src/controller/sharing/backlog.ts";

/** Takes everything, as `namespace/name`. */
function takeAll(backlog: Backlog): readonly string[] {
  const taken: string[] = [];
  for (let key = backlog.take(); key !== undefined; key = backlog.take()) taken.push(`${key.namespace}/${key.name}`);
  return taken;
}

test("gives each once, first come first served, but namespaces in which a Pod waits before the others", () => {
  const backlog = new Backlog((namespace) => namespace === "waiting");
  for (const namespace of ["a", "b", "waiting"]) backlog.add({ namespace, name: "hub" });
  backlog.add({ namespace: "a", name: "hub" });
  backlog.add({ namespace: "waiting", name: "quay" });
  assert.equal(backlog.size, 4);
  assert.deepEqual(takeAll(backlog), ["waiting/hub", "waiting/quay", "a/hub", "b/hub"]);
});

test("a Pod that begins to wait brings forward what is to be written in its namespace", () => {
  const backlog = new Backlog(() => false);
  for (const namespace of ["a", "b", "c"]) backlog.add({ namespace, name: "hub" });
  backlog.hurry("c");
  backlog.hurry("nowhere");
  backlog.add({ namespace: "c", name: "quay" });
  assert.deepEqual(takeAll(backlog), ["c/hub", "a/hub", "b/hub", "c/quay"]);
});

test("what was taken stays open until it is closed, and is not added again before", () => {
  const backlog = new Backlog(() => false);
  const key = { namespace: "a", name: "hub" };
  backlog.add(key);
  assert.deepEqual(backlog.take(), key);
  backlog.add(key);
  assert.equal(backlog.take(), undefined);
  assert.deepEqual([backlog.size, backlog.countOf("hub"), backlog.countOf("quay")], [1, 1, 0]);
  backlog.close(key);
  backlog.close(key);
  assert.deepEqual([backlog.size, backlog.countOf("hub")], [0, 0]);
  backlog.add(key);
  assert.deepEqual(backlog.take(), key);
});

test("what is closed before its turn is not given", () => {
  const backlog = new Backlog(() => false);
  for (const name of ["hub", "quay"]) backlog.add({ namespace: "a", name });
  backlog.close({ namespace: "a", name: "hub" });
  assert.deepEqual(takeAll(backlog), ["a/quay"]);
});

test("what the server failed to write before comes last, where its turn may come at all", () => {
  const backlog = new Backlog((namespace) => namespace === "waiting");
  backlog.add({ namespace: "waiting", name: "hub" }, true);
  backlog.add({ namespace: "a", name: "hub" });
  backlog.hurry("waiting");
  assert.deepEqual(backlog.take(false), { namespace: "a", name: "hub" });
  assert.equal(backlog.take(false), undefined);
  assert.deepEqual(takeAll(backlog), ["waiting/hub"]);
  assert.equal(backlog.size, 2);
  backlog.close({ namespace: "waiting", name: "hub" });
  backlog.add({ namespace: "waiting", name: "hub" }, true);
  backlog.close({ namespace: "waiting", name: "hub" });
  assert.deepEqual(takeAll(backlog), []);
});
