import assert from "node:assert/strict";
import { test } from "node:test";
import { objectKeyOf, parseResourceVersion } from "../../../src/cluster/objects/object-key.ts";

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

test("an object has a namespace if its resource is namespaced, and only then", () => {
  const inNamespace = { metadata: { namespace: "a", name: "x", resourceVersion: "7" } };
  const ofCluster = { metadata: { name: "x", resourceVersion: "7" } };
  assert.deepEqual(objectKeyOf(inNamespace, "namespaced"), { namespace: "a", name: "x", version: 7 });
  assert.deepEqual(objectKeyOf(ofCluster, "cluster"), { namespace: "", name: "x", version: 7 });
  assert.equal(objectKeyOf(inNamespace, "cluster"), undefined);
  assert.equal(objectKeyOf(ofCluster, "namespaced"), undefined);
});
