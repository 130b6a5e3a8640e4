import assert from "node:assert/strict";
import { test } from "node:test";
import { sentenceOfMisplaced } from "../../../src/core/sentences/object.ts";
import { findMisplacedList } from "../../../src/core/verdicts/misplaced-list.ts";

const LIST = { imagePullSecrets: [{ name: "a" }] };

test("finds a list outside the Pod spec, and says where it belongs", () => {
  const template = (parts: object): object => ({ spec: { template: parts } });
  for (const [object, field] of [
    [LIST, "imagePullSecrets"],
    [{ metadata: LIST }, "metadata.imagePullSecrets"],
    [{ spec: LIST }, "spec.imagePullSecrets"],
    [template(LIST), "spec.template.imagePullSecrets"],
    [template({ metadata: LIST }), "spec.template.metadata.imagePullSecrets"],
    [template({ spec: { containers: [{}, LIST] } }), "spec.template.spec.containers[1].imagePullSecrets"],
    [template({ spec: { initContainers: [LIST] } }), "spec.template.spec.initContainers[0].imagePullSecrets"],
  ] as const) {
    const rightField = "spec.template.spec.imagePullSecrets";
    const found = findMisplacedList({ ...object }, ["spec", "template"]);
    assert.deepEqual(found, { code: "misplaced-list", field, rightField });
    assert.equal(found && sentenceOfMisplaced(found), `${field} has no effect; it belongs at ${rightField}`);
  }
});

test("finds nothing where the list is at its place", () => {
  assert.equal(
    findMisplacedList({ spec: { template: { spec: { ...LIST, containers: [{}] } } } }, ["spec", "template"]),
    undefined,
  );
  assert.equal(findMisplacedList({ spec: LIST }, []), undefined);
});
