/** The small parts of the cluster source, each by itself: streams cut anywhere, versions that never go back, bounds. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { Backoff } from "../../src/cluster/api/backoff.ts";
import { splitLines } from "../../src/cluster/api/line-splitter.ts";
import { ListSplitter } from "../../src/cluster/api/list-splitter.ts";
import { retryAfterMsOf } from "../../src/cluster/api/retry-after.ts";
import { KeyringCache } from "../../src/cluster/index/keyring-cache.ts";
import { type PackedObjects, plainForm } from "../../src/cluster/index/packed-objects.ts";
import { ReflectedTable } from "../../src/cluster/index/reflected-table.ts";
import { pickMembers } from "../../src/cluster/objects/json-pick.ts";
import { parseResourceVersion } from "../../src/cluster/objects/resource-version.ts";
import type { Credential } from "../../src/core/kubelet/credential.ts";

/** Cuts `bytes` at the given places. */
function cut(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...ends].map((start, i) => bytes.subarray(start, ends[i] ?? bytes.length));
}

const jsonObjects = fc.array(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), { maxLength: 5 });

test("finds the elements of any list, wherever its stream is cut", () => {
  fc.assert(
    fc.property(jsonObjects, fc.array(fc.nat()), fc.boolean(), (items, places, isIndented) => {
      const list = {
        kind: 'List"items":[',
        metadata: { resourceVersion: "7", x: [[{}]] },
        items,
        after: [{ a: "]" }],
      };
      const bytes = Buffer.from(JSON.stringify(list, null, isIndented ? 2 : 0));
      const elements: unknown[] = [];
      const splitter = new ListSplitter("items", (element) =>
        elements.push(JSON.parse(Buffer.from(element).toString())),
      );
      for (const piece of cut(bytes, places)) {
        splitter.push(piece);
      }
      assert.deepEqual(elements, JSON.parse(JSON.stringify(items)));
      assert.deepEqual(JSON.parse(splitter.end()), { ...list, items: [] });
    }),
  );
});

test("refuses a list that ends too early", () => {
  const bytes = Buffer.from('{"metadata":{"resourceVersion":"7"},"items":[{"a":"b"},{"c":1}]}');
  for (let length = 0; length < bytes.length; length += 1) {
    const splitter = new ListSplitter("items", () => undefined);
    splitter.push(bytes.subarray(0, length));
    assert.throws(() => splitter.end(), /ended too early/);
  }
});

test("finds the lines of any stream, wherever it is cut", () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.string()), fc.array(fc.nat()), async (texts, places) => {
      const lines = texts.map((text) => JSON.stringify(text));
      const found: string[] = [];
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
      for await (const line of splitLines(Readable.from(cut(bytes, places)))) {
        found.push(Buffer.from(line).toString());
      }
      assert.deepEqual(found, lines);
    }),
  ));

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

for (const [header, ms] of [
  ["2", 2_000],
  ["Thu, 01 Jan 1970 00:00:05 GMT", 4_000],
  ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
  ["soon", undefined],
] as const) {
  test(`reads Retry-After ${header} as ${ms} ms`, () => {
    assert.equal(retryAfterMsOf(header, 1_000), ms);
  });
}

test("doubles the bound of the delay up to the cap, and takes any share of it by chance", () => {
  const chances = [0.5, 0.5, 0.5, 0.5, 0, 0.999];
  const backoff = new Backoff({ baseMs: 100, capMs: 400 }, () => chances.shift() ?? 0);
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => backoff.fail()),
    [50, 100, 200, 200, 0],
  );
  backoff.succeed();
  assert.equal(backoff.fail(), 99.9);
  assert.equal(backoff.fail(7_000), 7_000);
});

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
