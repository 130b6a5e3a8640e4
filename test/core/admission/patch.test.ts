import assert from "node:assert/strict";
import { test } from "node:test";
import jsonPatch from "fast-json-patch";
import { decide } from "../../../src/core/admission/decision.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";
import { credentialOf, deploymentOf, injectedBefore, podOf, requestOf, viewOf } from "./examples.ts";

const QUAY = credentialOf("quay", "quay.io");
const ANNOTATION = "/metadata/annotations/pullring.dev~1injected";

function patchOf(object: JsonObject, serviceAccountNames: readonly string[] = []): readonly unknown[] {
  const { patch } = decide(requestOf(object), () => viewOf([QUAY], { imagePullSecrets: serviceAccountNames }));
  jsonPatch.applyPatch(structuredClone(object), structuredClone(patch) as never, true);
  return patch.map((operation) => [operation.op, operation.path, "value" in operation ? operation.value : null]);
}

test("makes the list of a Pod that has none", () => {
  assert.deepEqual(patchOf(podOf(["quay.io/a"])), [["add", "/spec/imagePullSecrets", [{ name: "quay" }]]]);
  const withNull = { ...podOf(["quay.io/a"]), spec: { containers: [{ image: "quay.io/a" }], imagePullSecrets: null } };
  assert.deepEqual(patchOf(withNull), [["add", "/spec/imagePullSecrets", [{ name: "quay" }]]]);
});

test("appends to a list that is there, one name at a time", () => {
  assert.deepEqual(patchOf(podOf(["quay.io/a"], ["mine"])), [["add", "/spec/imagePullSecrets/-", { name: "quay" }]]);
  assert.deepEqual(patchOf(podOf(["quay.io/a"], []), ["s1"]), [
    ["add", "/spec/imagePullSecrets/-", { name: "s1" }],
    ["add", "/spec/imagePullSecrets/-", { name: "quay" }],
  ]);
});

test("writes the list whole where more than a hundred names come, as the API server copies it for each one", () => {
  const names = Array.from({ length: 101 }, (_, index) => `s${index}`);
  const object = podOf(["quay.io/a"], ["quay"], injectedBefore("quay"));
  const whole = ["quay", ...names].map((name) => ({ name }));
  assert.deepEqual(patchOf(object, names), [["replace", "/spec/imagePullSecrets", whole]]);
  assert.equal(patchOf(object, names.slice(1)).length, 100);
});

test("is empty when nothing is added", () => {
  assert.deepEqual(patchOf(podOf(["ghcr.io/a"], ["mine"])), []);
});

for (const [title, metadata, operation] of [
  [
    "makes the metadata of a template that has none",
    undefined,
    ["add", "/spec/template/metadata", { annotations: { "pullring.dev/injected": "s1,quay" } }],
  ],
  [
    "makes metadata in place of null",
    null,
    ["add", "/spec/template/metadata", { annotations: { "pullring.dev/injected": "s1,quay" } }],
  ],
  [
    "makes the annotations of a template that has none",
    { labels: {} },
    ["add", "/spec/template/metadata/annotations", { "pullring.dev/injected": "s1,quay" }],
  ],
  [
    "makes annotations in place of null",
    { annotations: null },
    ["add", "/spec/template/metadata/annotations", { "pullring.dev/injected": "s1,quay" }],
  ],
  ["adds its annotation beside others", { annotations: { a: "b" } }, ["add", `/spec/template${ANNOTATION}`, "s1,quay"]],
  ["forgets names that have left the list", injectedBefore("gone"), ["add", `/spec/template${ANNOTATION}`, "s1,quay"]],
] as const) {
  test(title, () => {
    const pod = { ...podOf(["quay.io/a"]), metadata };
    assert.deepEqual(patchOf(deploymentOf(pod), ["s1"]).at(-1), operation);
  });
}

test("keeps the names of its annotation that are still listed", () => {
  const pod = podOf(["quay.io/a"], ["old", "mine"], injectedBefore("old", "gone"));
  assert.deepEqual(patchOf(deploymentOf(pod)), [
    ["add", "/spec/template/spec/imagePullSecrets/-", { name: "quay" }],
    ["add", `/spec/template${ANNOTATION}`, "old,quay"],
  ]);
});
