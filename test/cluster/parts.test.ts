/** The small parts of the cluster source, each by itself: versions that never go back, bounds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyringCache } from "../../src/cluster/index/keyring-cache.ts";
import { type PackedObjects, plainForm } from "../../src/cluster/index/packed-objects.ts";
import { ReflectedTable } from "../../src/cluster/index/reflected-table.ts";
import { pickMembers } from "../../src/cluster/objects/json-pick.ts";
import { parseResourceVersion } from "../../src/cluster/objects/resource-version.ts";
import type { Credential } from "../../src/core/kubelet/credential.ts";

test("builds what is selected of an object and nothing else", () => {
  const long = "x".repeat(65);
  const bytes = Buffer.from(
    JSON.stringify({
      data: { keep: 'a\u00e9"', drop: "secret" },
      metadata: { labels: { short: "yes", long, number: 1 }, uid: "u" },
      list: [{ name: "x" }],
      wrong: "no object",
    }),
  );
  const selection = {
    data: { keep: "value" },
    metadata: { labels: "short-texts" },
    list: "value",
    wrong: { a: "value" },
  } as const;
  assert.deepEqual(pickMembers(bytes, selection), {
    data: { keep: 'a\u00e9"' },
    metadata: { labels: { short: "yes", long: "" } },
    list: [{ name: "x" }],
  });
  assert.equal(pickMembers(bytes.subarray(1), selection), undefined);
});

for (const [text, version] of [
  ["1", 1],
  ["9007199254740991", 9007199254740991],
  ["9007199254740992", undefined],
  ["0", undefined],
  ["01", undefined],
  ["", undefined],
  ["1e3", undefined],
] as const) {
  test(`reads the resource version ${JSON.stringify(text)} as ${version}`, () => {
    assert.equal(parseResourceVersion(text), version);
  });
}

const place = { namespace: "a", name: "x" } as const;

type Listed = readonly [namespace: string, name: string, value: string];

function listOf(table: ReflectedTable<string>, objects: readonly Listed[]): PackedObjects<string> {
  const content = table.emptyContent();
  for (const object of objects) {
    content.put(...object);
  }
  return content;
}

function tableAt(version: number): { table: ReflectedTable<string>; changed: string[] } {
  const changed: string[] = [];
  const table = new ReflectedTable<string>(plainForm(), (namespace) => changed.push(namespace));
  table.replaceAll(listOf(table, [["a", "x", "old"]]), version);
  changed.length = 0;
  return { table, changed };
}

test("takes no event from before the last list", () => {
  const { table } = tableAt(10);
  table.put({ ...place, version: 9, value: "older" });
  table.remove({ ...place, version: 9 });
  assert.equal(table.inNamespace("a").get("x"), "old");
  table.put({ ...place, version: 11, value: "newer" });
  assert.equal(table.inNamespace("a").get("x"), "newer");
});

test("holds what was found ahead of the watch against events and lists from before it", () => {
  const { table } = tableAt(10);
  table.replaceNamespace("a", new Map([["y", "found"]]), 20);
  table.put({ ...place, version: 15, value: "late" });
  table.replaceAll(
    listOf(table, [
      ["a", "x", "late"],
      ["b", "z", "listed"],
    ]),
    18,
  );
  assert.deepEqual([...table.inNamespace("a")], [["y", "found"]]);
  assert.deepEqual([...table.inNamespace("b")], [["z", "listed"]]);
  table.put({ ...place, version: 21, value: "news" });
  assert.deepEqual([...table.inNamespace("a").keys()], ["y", "x"]);
  table.replaceNamespace("a", new Map(), 19);
  assert.equal(table.inNamespace("a").size, 2);
});

test("holds one object that was read by itself in the same way", () => {
  const { table } = tableAt(10);
  table.applyLiveRead({ ...place, version: 20, value: "found" });
  table.put({ ...place, version: 15, value: "late" });
  table.replaceAll(listOf(table, [["a", "x", "late"]]), 18);
  assert.equal(table.inNamespace("a").get("x"), "found");
  table.applyLiveRead({ ...place, version: 12, value: "older" });
  assert.equal(table.inNamespace("a").get("x"), "found");
  table.remove({ ...place, version: 22 });
  assert.equal(table.inNamespace("a").size, 0);
});

test("tells which namespaces have changed and no others", () => {
  const { table, changed } = tableAt(10);
  table.replaceAll(
    listOf(table, [
      ["a", "x", "old"],
      ["b", "y", "new"],
    ]),
    20,
  );
  table.bookmark(30);
  table.replaceNamespace("b", new Map([["y", "new"]]), 40);
  assert.deepEqual(changed, ["b"]);
});

function credential(name: string): Credential {
  return { name, type: "kubernetes.io/dockercfg", status: "usable", reason: null, registries: ["quay.io"] };
}

test("keeps the keyrings asked for last, within the bound, and builds again what was dropped", () => {
  const cache = new KeyringCache(6);
  let built = 0;
  const ask = (namespace: string, count: number): number =>
    cache.keyring(namespace, () => {
      built += 1;
      return Array.from({ length: count }, (_, i) => credential(`s${i}`));
    }).credentials.size;
  ask("a", 2);
  ask("b", 2);
  ask("a", 2);
  assert.equal(built, 2);
  ask("c", 2);
  assert.equal(cache.size, 2);
  ask("a", 2);
  assert.equal(built, 3, "a was asked for after b");
  cache.drop("a");
  assert.equal(ask("a", 1), 1);
  assert.equal(ask("huge", 100), 100);
  assert.equal(cache.size, 1);
});
