import assert from "node:assert/strict";
import { test } from "node:test";
import { LAST_APPLIED_ANNOTATION, writtenNames } from "../../../src/core/admission/written-names.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";

const PATH = ["spec", "template"];
const OURS = { metadata: { annotations: { "pullring.dev/injected": "ours" } } };

function noted(text: string): JsonObject {
  return { metadata: { annotations: { [LAST_APPLIED_ANNOTATION]: text } } };
}

/** A Deployment as `kubectl apply` notes it down. */
function lastApplied(podSpec: unknown, template: object = {}): JsonObject {
  return noted(JSON.stringify({ spec: { template: { spec: podSpec, ...template } } }));
}

/** A Deployment with the fields that a manager has. */
function managed(list: unknown, operation = "Apply", template: object = {}): JsonObject {
  const fieldsV1 = { "f:spec": { "f:template": { "f:spec": { "f:imagePullSecrets": list }, ...template } } };
  return { metadata: { managedFields: [{ manager: "kubectl", operation, fieldsV1 }] } };
}

for (const [title, object, names] of [
  ["a list that kubectl apply noted", lastApplied({ imagePullSecrets: [{ name: "a" }, { name: "b" }] }), ["a", "b"]],
  [
    "a list with elements that are none",
    lastApplied({ imagePullSecrets: [null, {}, { name: 1 }, { name: "a" }] }),
    ["a"],
  ],
  ["no list", lastApplied({}), []],
  ["a list that is none", lastApplied({ imagePullSecrets: "a" }), []],
  ["a manifest that was taken from a stored object", lastApplied({ imagePullSecrets: [{ name: "ours" }] }, OURS), []],
  ["a note that is no JSON", noted("{"), []],
  ["a note that is no text", { metadata: { annotations: { [LAST_APPLIED_ANNOTATION]: {} } } }, []],
  ["a note of nothing", noted("null"), []],
  [
    "a list that was applied on the server",
    managed({ ".": {}, 'k:{"name":"a"}': {}, 'k:{"name":"b"}': {} }),
    ["a", "b"],
  ],
  ["a list that was updated", managed({ 'k:{"name":"a"}': {} }, "Update"), []],
  ["keys that cannot be read", managed({ "k:{": {}, "v:1": {}, 'k:{"other":"a"}': {} }), []],
  ["an entry without fields", { metadata: { managedFields: [null, { operation: "Apply" }] } }, []],
  [
    "fields that were taken from a stored object",
    managed({ 'k:{"name":"ours"}': {} }, "Apply", {
      "f:metadata": { "f:annotations": { "f:pullring.dev/injected": {} } },
    }),
    [],
  ],
  ["no object", undefined, []],
] as const) {
  test(`${title}: ${names.join(" and ") || "nothing"} is a person's`, () => {
    assert.deepEqual(writtenNames(object, PATH), names);
  });
}
