/** What is read of the bytes of objects, and what never is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pickMembers } from "../../../src/cluster/objects/json-pick.ts";
import { namespaceResource } from "../../../src/cluster/objects/namespace-resource.ts";
import { PENDING_PODS } from "../../../src/cluster/objects/pod-resource.ts";
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

test("builds the selected members of each object of an array, and null for whatever else is in it", () => {
  const bytes = Buffer.from(
    ' {"list": [ {"name": "a", "env": ["secret"], "mounts": [{"name": "m", "path": "/"}]} , 1, [2] ,{}],\n"empty":[ ],"no":{}}',
  );
  const each = [{ name: "value", mounts: [{ name: "value" }] }] as const;
  assert.deepEqual(pickMembers(bytes.subarray(1), { list: each, empty: each, no: each }), {
    list: [{ name: "a", mounts: [{ name: "m" }] }, null, null, {}],
    empty: [],
  });
});

test("of a Pod nothing is built that healing does not need", () => {
  const pod = {
    metadata: { namespace: "a", name: "x", resourceVersion: "7", uid: "u", managedFields: [{ manager: "secret" }] },
    spec: {
      containers: [{ name: "c", image: "i", env: [{ name: "PASSWORD", value: "secret" }], command: ["secret"] }],
    },
    status: { containerStatuses: [{ name: "c", state: { waiting: { reason: "ErrImagePull", message: "secret" } } }] },
  };
  const read = PENDING_PODS.read(Buffer.from(JSON.stringify(pod)));
  assert.deepEqual([read?.namespace, read?.name, read?.version], ["a", "x", 7]);
  assert.match(JSON.stringify(read), /ErrImagePull/);
  assert.doesNotMatch(JSON.stringify(read), /secret/i);
  assert.equal(PENDING_PODS.read(Buffer.from("{}")), undefined);
});

test("of a Namespace its labels are read, and whether it is on its way out", () => {
  const metadata = { name: "shop", resourceVersion: "7", labels: { team: "a" }, annotations: { note: "secret" } };
  const key = { namespace: "", name: "shop", version: 7 };
  const read = (object: unknown) => namespaceResource().read(Buffer.from(JSON.stringify(object)));
  assert.deepEqual(read({ metadata }), { ...key, value: { labels: { team: "a" }, isBeingDeleted: false } });
  const ending = { ...metadata, labels: null, deletionTimestamp: "2026-01-01T00:00:00Z" };
  assert.deepEqual(read({ metadata: ending }), { ...key, value: { labels: {}, isBeingDeleted: true } });
  assert.equal(read({ metadata: {} }), undefined);
});

test("reads a resource version that is a whole number, and no other one", () => {
  const texts = ["1", "9007199254740991", "9007199254740992", "0", "01", "", "1e3"];
  const none = undefined;
  assert.deepEqual(texts.map(parseResourceVersion), [1, 9007199254740991, none, none, none, none, none]);
});

test("an object has a namespace if its resource is namespaced, and only then", () => {
  const inNamespace = { metadata: { namespace: "a", name: "x", resourceVersion: "7" } };
  const ofCluster = { metadata: { name: "x", resourceVersion: "7" } };
  assert.deepEqual(objectKeyOf(inNamespace, "namespaced"), { namespace: "a", name: "x", version: 7 });
  assert.deepEqual(objectKeyOf(ofCluster, "cluster"), { namespace: "", name: "x", version: 7 });
  assert.equal(objectKeyOf(inNamespace, "cluster"), undefined);
  assert.equal(objectKeyOf(ofCluster, "namespaced"), undefined);
});

test("a Secret is ignored with the label pullring.dev/inject: false, and with no other value", () => {
  const type = "kubernetes.io/dockerconfigjson";
  const data = { ".dockerconfigjson": btoa('{"auths":{"quay.io":{"username":"u","password":"p"}}}') };
  const statuses = ["false", "true"].map((label) => {
    const labels = { "pullring.dev/inject": label };
    const metadata = { namespace: "a", name: "s", resourceVersion: "1", labels };
    return secretResource(type).read(Buffer.from(JSON.stringify({ type, metadata, data })))?.value.status;
  });
  assert.deepEqual(statuses, ["ignored", "usable"]);
});
