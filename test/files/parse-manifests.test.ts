import assert from "node:assert/strict";
import { test } from "node:test";
import { parseManifests } from "../../src/files/parse-manifests.ts";

test("reads JSON, YAML, several documents and nothing at all", async () => {
  for (const [text, objects] of [
    ['{"kind": "A"}', [{ kind: "A" }]],
    ["{kind: A}", [{ kind: "A" }]],
    ["kind: A\n---\nkind: B\n", [{ kind: "A" }, { kind: "B" }]],
    ["--- \n# a comment\n---\nkind: B\n", [{ kind: "B" }]],
    ["kind: A\nbase: &b {x: 1}\nmore:\n  <<: *b\n  y: 2\n", [{ kind: "A", base: { x: 1 }, more: { x: 1, y: 2 } }]],
    ["kind: A\nlabel: no\ndate: 2026-01-01\n", [{ kind: "A", label: "no", date: "2026-01-01" }]],
    ["", []],
  ] as const) {
    assert.deepEqual(await parseManifests(text), { objects, errors: [] }, text);
  }
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
    const { objects, errors } = await parseManifests(text);
    assert.deepEqual([objects.length, errors.length, errors[0]?.line], [0, 1, line], text);
    assert.doesNotMatch(JSON.stringify(errors), /s3/, text);
    assert.match(errors[0]?.reason ?? "", /^not valid YAML: \w+/, text);
  }
});

test("keeps a key named __proto__ as a key", async () => {
  const { objects } = await parseManifests("kind: A\n__proto__: {kind: Secret}\n");
  assert.ok(Object.hasOwn(objects[0] ?? {}, "__proto__"));
});

test("unrolls lists of every kind and gives the items of typed lists their kind", async () => {
  const list = (kind: string, items: readonly unknown[]): unknown => ({ apiVersion: "v1", kind, items });
  const mixed = list("List", [{ kind: "Pod" }, list("SecretList", [{ type: "Opaque" }, { kind: "Own" }])]);
  assert.deepEqual(
    await parseManifests([mixed, list("PodList", [])].map((part) => JSON.stringify(part)).join("\n---\n")),
    { objects: [{ kind: "Pod" }, { apiVersion: "v1", kind: "Secret", type: "Opaque" }, { kind: "Own" }], errors: [] },
  );
});

test("names the place of what is not an object", async () => {
  const { errors } = await parseManifests(
    "text\n---\na: 1\n---\n{kind: List, items: {}}\n---\n{kind: List, items: [1]}",
  );
  assert.deepEqual(
    errors,
    [
      "document 1 is not an object",
      "document 2 has no kind",
      "the items of document 3 are not a list",
      "item 1 of document 4 is not an object",
    ].map((reason) => ({ line: null, reason })),
  );
});
