/** Nothing in a table goes back to an older version, whatever comes in whatever order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { putObject, ReflectedTable } from "../../../src/cluster/index/reflected-table.ts";
import type { WatchedResource } from "../../../src/cluster/objects/watched-resource.ts";

const RESOURCE: WatchedResource<string> = {
  name: "secrets",
  scope: "namespaced",
  fieldSelector: undefined,
  label: "texts",
  read: () => undefined,
};
const key = { namespace: "a", name: "x" } as const;

/** A list of objects `namespace/name=value`. */
function listOf(...objects: readonly string[]): Map<string, Map<string, string>> {
  const list = new Map<string, Map<string, string>>();
  for (const object of objects) {
    const [namespace = "", name = "", value = ""] = object.split(/[/=]/);
    putObject(list, { namespace, name, value });
  }
  return list;
}

/** A table with `a/x=old` as of version 10, and the namespaces that change from then on. */
function tableAt10(): { table: ReflectedTable<string>; changed: (string | undefined)[] } {
  const changed: (string | undefined)[] = [];
  const table = new ReflectedTable({ resource: RESOURCE, namespace: undefined }, (namespace) =>
    changed.push(namespace),
  );
  table.replaceAll(listOf("a/x=old"), 10);
  changed.length = 0;
  return { table, changed };
}

test("takes no event from before the last list", () => {
  const { table, changed } = tableAt10();
  table.put({ ...key, version: 9, value: "older" });
  table.remove({ ...key, version: 9 });
  assert.equal(table.inNamespace("a").get("x"), "old");
  assert.deepEqual(changed, []);
  table.put({ ...key, version: 11, value: "newer" });
  assert.equal(table.inNamespace("a").get("x"), "newer");
  table.remove({ ...key, version: 12 });
  assert.equal(table.inNamespace("a").size, 0);
  assert.deepEqual(changed, ["a", "a"]);
});

test("keeps what a live read found ahead of the watch against events and lists from before it", () => {
  const { table, changed } = tableAt10();
  table.replaceNamespace("a", new Map([["y", "found"]]), 20);
  table.put({ ...key, version: 15, value: "late" });
  table.replaceAll(listOf("a/x=late", "b/z=listed"), 18);
  assert.deepEqual([...table.inNamespace("a")], [["y", "found"]]);
  assert.deepEqual([...table.inNamespace("b")], [["z", "listed"]]);
  assert.deepEqual([...table.values()].sort(), ["found", "listed"]);
  table.put({ ...key, version: 21, value: "new" });
  assert.deepEqual([...table.inNamespace("a").keys()], ["y", "x"]);
  table.replaceNamespace("a", new Map(), 19);
  assert.equal(table.inNamespace("a").size, 2);
  assert.deepEqual(changed, ["a", undefined, "a"]);
});

test("keeps an object of such a namespace that is newer than the rest of it, until the watch has caught up", () => {
  const { table } = tableAt10();
  const found = new Map([
    ["x", "newest"],
    ["y", "found"],
  ]);
  table.replaceNamespace("a", found, 20, new Map([["x", 30]]));
  table.put({ ...key, version: 25, value: "late" });
  table.put({ ...key, name: "y", version: 25, value: "new" });
  assert.deepEqual(
    [...table.inNamespace("a")],
    [
      ["x", "newest"],
      ["y", "new"],
    ],
  );
  table.replaceAll(listOf("a/x=late", "a/y=new"), 26);
  assert.equal(table.inNamespace("a").get("x"), "newest");
  table.put({ ...key, version: 31, value: "next" });
  assert.equal(table.inNamespace("a").get("x"), "next");
});

test("keeps a namespace that a live read found empty", () => {
  const { table } = tableAt10();
  table.replaceNamespace("a", new Map(), 20);
  table.replaceAll(listOf("a/x=late"), 18);
  assert.equal(table.inNamespace("a").size, 0);
});

test("keeps one object that was read by itself in the same way", () => {
  const { table } = tableAt10();
  table.applyLiveRead({ ...key, version: 20, value: "found" });
  table.put({ ...key, version: 15, value: "late" });
  table.replaceAll(listOf("a/x=late"), 18);
  assert.equal(table.inNamespace("a").get("x"), "found");
  table.applyLiveRead({ ...key, version: 12, value: "older" });
  assert.equal(table.inNamespace("a").get("x"), "found");
  table.remove({ ...key, version: 22 });
  assert.equal(table.inNamespace("a").size, 0);
});

test("drops a live read that is older than what the watch has reported", () => {
  const { table } = tableAt10();
  table.put({ ...key, version: 20, value: "watched" });
  table.bookmark(20);
  table.applyLiveRead({ ...key, version: 15, value: "read" });
  table.replaceNamespace("a", new Map(), 15);
  assert.deepEqual([...table.inNamespace("a")], [["x", "watched"]]);
});

test("throws away what a live read found when a list is older than what is held, as after a restored backup", () => {
  const { table } = tableAt10();
  table.replaceNamespace("a", new Map([["y", "found"]]), 20);
  table.replaceAll(listOf("a/x=restored"), 5);
  assert.deepEqual([...table.inNamespace("a")], [["x", "restored"]]);
  table.put({ ...key, version: 6, value: "new" });
  assert.deepEqual([...table.inNamespace("a")], [["x", "new"]]);
});
