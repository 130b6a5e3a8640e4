import assert from "node:assert/strict";
import { test } from "node:test";
import { listManifestObjects } from "../../src/files/manifest-object.ts";
import { parseManifests } from "../../src/files/parse-manifests.ts";

test("reads JSON, YAML, several documents and nothing at all", async () => {
  const rows: readonly (readonly [string, readonly unknown[]])[] = [
    ['{"a": 1}', [{ a: 1 }]],
    ["{a: 1}", [{ a: 1 }]],
    ["a: 1\n---\na: 2\n", [{ a: 1 }, { a: 2 }]],
    ["--- \n# a comment\n---\na: 2\n", [null, { a: 2 }]],
    ["base: &b {x: 1}\nmore:\n  <<: *b\n  y: 2\n", [{ base: { x: 1 }, more: { x: 1, y: 2 } }]],
    ["label: no\ndate: 2026-01-01\n", [{ label: "no", date: "2026-01-01" }]],
    ["", []],
  ];
  for (const [text, documents] of rows) assert.deepEqual(await parseManifests(text), { documents, error: null }, text);
});

test("gives the line of an error and nothing of the text", async () => {
  const rows: readonly (readonly [string, number])[] = [
    ['a: "s3cret\nb: [', 2],
    ["a: 1\nb: *s3cret\n", 2],
    ["a: 1\n\nb: !s3cret x\n", 3],
    ["s3cret: 1\ns3cret: 2\n", 2],
    ['{"a": "s3cret",\n "b": ]}', 2],
    ["a: 1\n\tb: s3cret\n", 2],
    ["a: !<tag:s3cret{> b\n", 1],
    ["%YAML s3cret\n---\na: 1\n", 2],
    ["a: !s3!cret b\n", 1],
  ];
  for (const [text, line] of rows) {
    const { error } = await parseManifests(text);
    assert.equal(error?.line, line, text);
    assert.doesNotMatch(JSON.stringify(error), /s3/, text);
    assert.match(error?.reason ?? "", /^not valid YAML: \w+/, text);
  }
});

test("keeps a key named __proto__ as a key", async () => {
  const { documents } = await parseManifests("__proto__: {kind: Secret}\n");
  assert.ok(Object.hasOwn((documents?.[0] ?? {}) as object, "__proto__"));
});

test("unrolls lists of every kind and gives the items of typed lists their kind", () => {
  const list = (kind: string, items: readonly unknown[]): unknown => ({ apiVersion: "v1", kind, items });
  const { objects, reasons } = listManifestObjects([
    null,
    list("List", [{ kind: "Pod" }, list("SecretList", [{ type: "Opaque" }, { kind: "Own" }])]),
    list("PodList", []),
  ]);
  assert.deepEqual(objects, [{ kind: "Pod" }, { apiVersion: "v1", kind: "Secret", type: "Opaque" }, { kind: "Own" }]);
  assert.deepEqual(reasons, []);
});

test("names the place of what is not an object", () => {
  const documents = ["text", { a: 1 }, { kind: "List", items: {} }, { kind: "List", items: [1] }];
  assert.deepEqual(listManifestObjects(documents).reasons, [
    "document 1 is not an object",
    "document 2 has no kind",
    "the items of document 3 are not a list",
    "item 1 of document 4 is not an object",
  ]);
});
