import assert from "node:assert/strict";
import { test } from "node:test";
import { parseManifests } from "../../src/files/parse-manifests.ts";

test("reads JSON, YAML, several documents and nothing at all", async () => {
  for (const [text, objects] of [
    ['{"kind": "A"}', [{ kind: "A" }]],
    ["{kind: A}", [{ kind: "A" }]],
    ["kind: A\n---\nkind: B\n", [{ kind: "A" }, { kind: "B" }]],
    ["--- \n# a comment\n---\nkind: B\n", [{ kind: "B" }]],
    ["kind: A\nbase: &b {x: 1}\nmore:\n  <<: *b\n  z: 2\n", [{ kind: "A", base: { x: 1 }, more: { x: 1, z: 2 } }]],
    ['{"kind": "A"}{"kind": "B"}\n---\nkind: C\n', [{ kind: "A" }, { kind: "B" }, { kind: "C" }]],
    ["kind: A\r\n---\r\nkind: B\r\n", [{ kind: "A" }, { kind: "B" }]],
    ["", []],
  ] as const) {
    assert.deepEqual(await parseManifests(text), { objects, errors: [], notes: [] }, text);
  }
});

test("gives the line of an error and nothing of the text", async () => {
  const rows: readonly (readonly [string, number])[] = [
    ['a: "s3cret\nb: [', 2],
    ["a: 1\nb: *s3cret\n", 2],
    ["a: 1\n\nb: !s3cret x\n", 3],
    ['{"a": "s3cret",\n "b": ]}', 2],
    ["a: 1\n\tb: s3cret\n", 2],
    ["a: !<tag:s3cret{> b\n", 1],
    ["%YAML s3cret\n---\n", 2],
    ["a: !s3!cret b\n", 1],
  ];
  for (const [text, line] of rows) {
    const { objects, errors } = await parseManifests(text);
    assert.deepEqual([objects.length, errors.length, errors[0]?.line], [0, 1, line], text);
    assert.doesNotMatch(JSON.stringify(errors), /s3/, text);
    assert.match(errors[0]?.reason ?? "", /^not valid YAML: \w+/, text);
  }
});

test("takes the other documents where one is broken or follows its --- at once, and gives lines of the file", async () => {
  const { objects, errors } = await parseManifests(
    "kind: A\n---\na: [\n---kind: s3cret\n---\nkind: B\n--- # c\na: ]\n",
  );
  assert.deepEqual(objects, [{ kind: "A" }, { kind: "B" }]);
  assert.deepEqual(
    errors.map(({ line }) => line),
    [4, 4, 8],
  );
  assert.equal(errors[1]?.reason, "text stands behind ---, where kubectl takes none; put it on a line of its own");
  assert.doesNotMatch(JSON.stringify(errors), /s3/);
});

test("notes a key that stands twice, and names it only where it is a field of the API", async () => {
  const { objects, notes } = await parseManifests(
    'kind: A\n---\nkind: Pod\nspec: {image: a,\n image: b}\n---\n{"kind": "B", "s3cret": 1,\n"s3cret": 2}',
  );
  assert.deepEqual(objects, [{ kind: "A" }, { kind: "Pod", spec: { image: "b" } }, { kind: "B", s3cret: 2 }]);
  assert.deepEqual(notes, [
    { line: 5, reason: "image stands twice in one object; the last one counts, as for kubectl" },
    { line: 8, reason: "a key stands twice in one object; the last one counts, as for kubectl" },
  ]);
});

test("says what to do with a Docker configuration and a kustomization", async () => {
  const { errors } = await parseManifests('{"auths": {"s3cret": {}}}\n---\nresources: [s3cret]');
  assert.match(errors[0]?.reason ?? "", /^document 1 is a Docker configuration and no Secret; make one .* -o yaml$/);
  assert.match(errors[1]?.reason ?? "", /^document 2 is a kustomization; .* -f -$/);
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
    {
      objects: [{ kind: "Pod" }, { apiVersion: "v1", kind: "Secret", type: "Opaque" }, { kind: "Own" }],
      errors: [],
      notes: [],
    },
  );
});

test("names the place of what is not an object", async () => {
  const { errors } = await parseManifests(
    "text\n---\na: 1\n---\n{kind: List, items: {}}\n---\n{kind: List, items: [1]}",
  );
  assert.deepEqual(
    errors,
    [
      [1, "document 1 is not an object"],
      [3, "document 2 has no kind"],
      [5, "the items of document 3 are not a list"],
      [7, "item 1 of document 4 is not an object"],
    ].map(([line, reason]) => ({ line, reason })),
  );
  const stream = await parseManifests('{"kind": "Pod"}\n{}');
  assert.deepEqual(stream.errors, [{ line: null, reason: "document 2 has no kind" }], "a line is of the whole stream");
});
