import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../src/core/json-value.ts";
import { sentenceOfUnreadable } from "../../../src/core/sentences/object.ts";
import { findUnreadableField, findUnreadableMember } from "../../../src/core/verdicts/unreadable-field.ts";

const TEMPLATE = ["spec", "template"];
const deployment = (spec: unknown, metadata?: unknown): JsonObject => ({ spec: { template: { metadata, spec } } });

test("says which field cannot be read, and what is right", () => {
  const start = "spec.template.spec";
  const lists = (list: unknown): JsonObject => deployment({ imagePullSecrets: list });
  const rows: readonly (readonly [JsonObject | undefined, string])[] = [
    [undefined, "spec is missing; the API server refuses the object"],
    [{ spec: { template: [] } }, "spec.template is a list, where a mapping belongs; the API server refuses the object"],
    [deployment(true), `${start} is a boolean, where a mapping belongs`],
    [deployment({}, "x"), "spec.template.metadata is a text, where a mapping belongs"],
    [deployment({}, { annotations: [] }), "spec.template.metadata.annotations is a list, where a mapping belongs"],
    [lists(["a", { name: "b" }, 3]), "imagePullSecrets are no strings; write imagePullSecrets: [{name: a}, {name: b}]"],
    [
      lists([7]),
      `${start}.imagePullSecrets[0] is a number, where a mapping belongs; write imagePullSecrets: [{name: NAME}]`,
    ],
    [
      lists([null, { name: ["a"] }]),
      `${start}.imagePullSecrets[1].name is a list, where a text belongs; write imagePullSecrets: [{name: a}]`,
    ],
    [
      lists({ name: "a" }),
      `${start}.imagePullSecrets is a mapping, where a list belongs; write imagePullSecrets: [{name: a}]`,
    ],
    [lists("a"), `${start}.imagePullSecrets is a text, where a list belongs; write imagePullSecrets: [{name: a}]`],
    [
      { ...deployment({}), metadata: { labels: { "pullring.dev/inject": false } } },
      "metadata.labels[pullring.dev/inject] is a boolean, where a text belongs; write the value in quotes",
    ],
    [
      deployment({}, { annotations: { a: "b", "c\n": 1 } }),
      "spec.template.metadata.annotations[c\\n] is a number, where a text belongs; write the value in quotes",
    ],
    [
      deployment({}, { labels: { imagePullSecrets: [] } }),
      "spec.template.metadata.labels[imagePullSecrets] is a list, where a text belongs; the API server refuses the object",
    ],
    [deployment({ containers: {} }), `${start}.containers is a mapping, where a list belongs`],
    [deployment({ initContainers: [null] }), `${start}.initContainers[0] is missing`],
    [deployment({ containers: [{ image: 1 }] }), `${start}.containers[0].image is a number, where a text belongs`],
    [deployment({ volumes: [{ image: { reference: {} } }] }), `${start}.volumes[0].image.reference is a mapping`],
  ];
  for (const [object, sentence] of rows) {
    const found = findUnreadableField(object, TEMPLATE);
    assert.ok(found !== undefined, sentence);
    const said = sentenceOfUnreadable(found);
    assert.ok(said.includes(sentence), `${said}\n${sentence}`);
  }
});

test("finds nothing where all can be read", () => {
  const spec = {
    imagePullSecrets: [{ name: "a" }, {}, null],
    containers: [{ image: "a" }, {}],
    volumes: [{}, { image: {} }, { image: { reference: "a" } }],
    initContainers: null,
  };
  assert.equal(findUnreadableField(deployment(spec), TEMPLATE), undefined);
  assert.equal(findUnreadableField({ spec: { imagePullSecrets: null } }, []), undefined);
  assert.equal(findUnreadableField({ spec: [] }, [])?.field, "spec");
  assert.equal(findUnreadableField({ metadata: 1, spec: {} }, [])?.field, "metadata");
});

test("finds the same in the list and the labels of objects without a Pod template", () => {
  const fieldOf = (object: JsonObject): string | undefined => findUnreadableMember(object)?.field;
  assert.equal(fieldOf({ kind: "ServiceAccount", imagePullSecrets: [{ name: "a" }, "b"] }), "imagePullSecrets[1]");
  assert.equal(fieldOf({ kind: "Namespace", metadata: { labels: { a: "b", c: true } } }), "metadata.labels[c]");
  assert.equal(
    fieldOf({ kind: "Secret", imagePullSecrets: "none of a Secret", metadata: { labels: null } }),
    undefined,
  );
  assert.equal(fieldOf({ kind: "ServiceAccount", imagePullSecrets: [{ name: "a" }] }), undefined);
});
