import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "js-yaml";
import type { AdmissionRequest } from "../../../src/core/admission/filter-request.ts";
import {
  DEFAULT_WEBHOOKS,
  findNotServed,
  labelsOf,
  ownWebhooks,
} from "../../../src/core/admission/webhook-selection.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";

function request(change: Partial<AdmissionRequest> = {}): AdmissionRequest {
  const names = { uid: "u", namespace: "apps", name: "web", subResource: "", dryRun: false };
  return {
    ...names,
    kind: { group: "", kind: "Pod" },
    operation: "CREATE",
    object: {},
    oldObject: undefined,
    ...change,
  };
}

const PODS = { apiGroups: [""], resources: ["pods"], operations: ["CREATE"] };
const select = (key: string, operator: string, ...values: readonly string[]): JsonObject => {
  return { matchExpressions: [{ key, operator, values }] };
};

test("the webhooks for where no cluster is are those of the manifests", () => {
  const configuration = load(readFileSync("manifests/base/webhook-configuration.yaml", "utf8")) as JsonObject;
  const written = ownWebhooks(configuration).map(({ rules, namespaceSelector, objectSelector }) => ({
    rules: (rules as readonly JsonObject[]).map(({ apiVersions: _, scope: __, ...rule }) => rule),
    namespaceSelector,
    objectSelector,
  }));
  assert.deepEqual(DEFAULT_WEBHOOKS, written);
});

test("every part of a label selector decides", () => {
  for (const [selector, labels, requirement] of [
    [undefined, {}, undefined],
    [{ matchLabels: { a: "1" } }, { a: "1" }, undefined],
    [{ matchLabels: { a: "1" } }, { a: "2" }, "a=1"],
    [select("a", "In", "1", "2"), { a: "2" }, undefined],
    [select("a", "In", "1", "2"), {}, "a in (1, 2)"],
    [select("a", "NotIn", "1"), {}, undefined],
    [select("a", "NotIn", "1"), { a: "1" }, "a notin (1)"],
    [select("a", "Exists"), { a: "" }, undefined],
    [select("a", "Exists"), {}, "a"],
    [select("toString", "Exists"), {}, "toString"],
    [select("a", "DoesNotExist"), {}, undefined],
    [select("a", "DoesNotExist"), { a: "" }, "!a"],
    [select("kubernetes.io/metadata.name", "In", "apps"), {}, undefined],
    [{ matchExpressions: [{ operator: "Exists" }] }, {}, ""],
    [{ matchExpressions: [{ key: "a", operator: "In" }] }, {}, "a in ()"],
  ] as const) {
    const found = findNotServed(request(), labels, [{ rules: [PODS], namespaceSelector: selector }]);
    const expected =
      requirement === undefined ? undefined : { code: "namespace-not-served", namespace: "apps", requirement };
    assert.deepEqual(found, expected, JSON.stringify(selector));
  }
});

test("an object is served if either of its states is selected", () => {
  const webhooks = [
    { rules: [{ apiGroups: ["*"], resources: ["*/*"], operations: ["*"] }], objectSelector: select("a", "Exists") },
  ];
  const [labelled, bare] = [{ metadata: { labels: { a: "x", b: 1 } } }, { metadata: { labels: [] } }];
  assert.deepEqual([labelsOf(labelled), labelsOf(bare), labelsOf(undefined)], [{ a: "x" }, {}, {}]);
  const notServed = { code: "object-not-served", requirement: "a" };
  assert.deepEqual(findNotServed(request({ object: bare }), {}, webhooks), notServed);
  assert.deepEqual(findNotServed(request({ object: bare, oldObject: bare }), {}, webhooks), notServed);
  assert.equal(findNotServed(request({ object: bare, oldObject: labelled }), {}, webhooks), undefined);
});

test("a kind without a rule is not served, and one webhook that selects is enough", () => {
  const deployment = request({ kind: { group: "apps", kind: "Deployment" }, operation: "UPDATE" });
  const kindNotServed = { code: "kind-not-served" };
  assert.deepEqual(findNotServed(deployment, {}, DEFAULT_WEBHOOKS.slice(0, 1)), kindNotServed);
  assert.deepEqual(findNotServed(request({ operation: "UPDATE" }), {}, DEFAULT_WEBHOOKS), kindNotServed);
  assert.deepEqual(findNotServed(request({ kind: { group: "", kind: "Node" } }), {}, DEFAULT_WEBHOOKS), kindNotServed);
  assert.deepEqual(findNotServed(request(), {}, [{ rules: [{}] }, {}]), kindNotServed);
  assert.equal(findNotServed(deployment, {}, DEFAULT_WEBHOOKS), undefined);
  const never = { rules: [PODS], namespaceSelector: select("a", "Exists") };
  assert.equal(findNotServed(request(), {}, [never, { rules: [PODS] }]), undefined);
});

test("webhooks of others are not pullring's", () => {
  const webhooks = ["inject.pullring.dev", "pullring.dev", "notpullring.dev", "inject.istio.io", 1].map((name) => ({
    name,
  }));
  assert.deepEqual(ownWebhooks({ webhooks }), webhooks.slice(0, 2));
});
