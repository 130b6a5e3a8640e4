import assert from "node:assert/strict";
import { test } from "node:test";
import { sentenceOfMisplaced } from "../../../src/core/sentences/object.ts";
import { findMisplacedList, findMisplacedListOfAccount } from "../../../src/core/verdicts/misplaced-list.ts";

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

test("finds a list that is misspelt, and a reference whose name is called something else", () => {
  const name = "spec.imagePullSecrets[0].name";
  for (const [spec, field, rightField] of [
    [{ imagePullSecret: "a" }, "spec.imagePullSecret", "spec.imagePullSecrets"],
    [{ imagepullsecrets: [] }, "spec.imagepullsecrets", "spec.imagePullSecrets"],
    [{ "image-pull-secrets": [] }, "spec.image-pull-secrets", "spec.imagePullSecrets"],
    [{ ...LIST, ImagePullSecrets: [] }, "spec.ImagePullSecrets", "spec.imagePullSecrets"],
    [{ containers: [{ imagePullSecret: "a" }] }, "spec.containers[0].imagePullSecret", "spec.imagePullSecrets"],
    [{ imagePullSecrets: [{ secretName: "a" }] }, "spec.imagePullSecrets[0].secretName", name],
    [{ imagePullSecrets: [{ secretRef: { name: "a" } }] }, "spec.imagePullSecrets[0].secretRef", name],
  ] as const) {
    assert.deepEqual(findMisplacedList({ spec }, []), { code: "misplaced-list", field, rightField });
  }
  for (const imagePullSecrets of [[{}], [null], ["a"], [{ name: "a", other: 1 }], "a"]) {
    assert.equal(findMisplacedList({ spec: { imagePullSecrets } }, []), undefined);
  }
});

test("finds a list of a ServiceAccount that has no effect", () => {
  for (const [account, field, rightField] of [
    [{ spec: LIST }, "spec.imagePullSecrets", "imagePullSecrets"],
    [{ metadata: LIST }, "metadata.imagePullSecrets", "imagePullSecrets"],
    [{ imagePullSecret: "a" }, "imagePullSecret", "imagePullSecrets"],
    [{ imagePullSecrets: [{ secretName: "a" }] }, "imagePullSecrets[0].secretName", "imagePullSecrets[0].name"],
  ] as const) {
    assert.deepEqual(findMisplacedListOfAccount(account), { code: "misplaced-list", field, rightField });
  }
  assert.equal(findMisplacedListOfAccount({ ...LIST, secrets: [{ name: "a" }], metadata: { name: "a" } }), undefined);
});

test("finds nothing where the list is at its place", () => {
  assert.equal(
    findMisplacedList({ spec: { template: { spec: { ...LIST, containers: [{}] } } } }, ["spec", "template"]),
    undefined,
  );
  assert.equal(findMisplacedList({ spec: LIST }, []), undefined);
});
