/** What is read of the bytes of objects, and what never is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pickMembers } from "../../../src/cluster/objects/json-pick.ts";
import { secretResource } from "../../../src/cluster/objects/secret-resource.ts";
import { objectKeyOf, parseResourceVersion } from "../../../src/cluster/objects/watched-resource.ts";

test("builds what is selected of an object and nothing else", () => {
  const bytes = Buffer.from(
    JSON.stringify({
      data: { keep: 'a\u00e9"', drop: "secret" },
      metadata: { labels: { short: "yes", long: "x".repeat(65), number: 1 }, uid: "u" },
      list: [{ name: "x" }],
      whole: { a: [1] },
      wrong: "not an object",
    }),
  );
  const labels = "short-texts";
  const selection = { data: { keep: "value" }, metadata: { labels }, list: "value", whole: "bytes" } as const;
  const { whole, ...picked } = pickMembers(bytes, { ...selection, wrong: { a: "value" } }) ?? {};
  assert.deepEqual(picked, {
    data: { keep: 'a\u00e9"' },
    metadata: { labels: { short: "yes", long: "" } },
    list: [{ name: "x" }],
  });
  assert.equal(Buffer.from(whole as Uint8Array).toString(), '{"a":[1]}');
  assert.equal(pickMembers(bytes.subarray(1), { list: "value" }), undefined);
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

test("an object has a namespace if its resource is namespaced, and only then", () => {
  const inNamespace = { metadata: { namespace: "a", name: "x", resourceVersion: "7" } };
  const ofCluster = { metadata: { name: "x", resourceVersion: "7" } };
  assert.deepEqual(objectKeyOf(inNamespace, "namespaced"), { namespace: "a", name: "x", version: 7 });
  assert.deepEqual(objectKeyOf(ofCluster, "cluster"), { namespace: "", name: "x", version: 7 });
  assert.equal(objectKeyOf(inNamespace, "cluster"), undefined);
  assert.equal(objectKeyOf(ofCluster, "namespaced"), undefined);
});

for (const [label, status] of [
  ["false", "ignored"],
  ["true", "usable"],
] as const) {
  test(`a Secret with the label pullring.dev/inject: ${label} is ${status}`, () => {
    const type = "kubernetes.io/dockerconfigjson";
    const auths = '{"auths":{"quay.io":{"username":"u","password":"p"}}}';
    const labels = { "pullring.dev/inject": label };
    const metadata = { namespace: "a", name: "s", resourceVersion: "1", labels };
    const secret = { type, metadata, data: { ".dockerconfigjson": Buffer.from(auths).toString("base64") } };
    assert.equal(secretResource(type).read(Buffer.from(JSON.stringify(secret)))?.value.status, status);
  });
}
