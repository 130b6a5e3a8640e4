import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../../../src/core/admission/decision.ts";
import type { AdmissionRequest } from "../../../src/core/admission/filter-request.ts";
import { filterRequest } from "../../../src/core/admission/filter-request.ts";
import { readInjectionTarget } from "../../../src/core/admission/injection-target.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";
import { deploymentOf, injectedBefore, podOf, requestOf, viewOf } from "./examples.ts";

const POD = podOf(["quay.io/acme/web"]);
const DEPLOYMENT = deploymentOf(POD);
const OPT_OUT = { labels: { "pullring.dev/inject": "false" } };
const CONTROLLED = { ownerReferences: [{ kind: "Other" }, { kind: "ReplicaSet", controller: true }] };

function reasonFor(object: JsonObject, changes: Partial<AdmissionRequest> = {}): string | null {
  return filterRequest(requestOf(object, changes)).reason;
}

for (const [title, object, changes, reason] of [
  ["the creation of a Pod", POD, {}, null],
  ["the creation of a Deployment", DEPLOYMENT, {}, null],
  ["the update of a Pod", POD, { operation: "UPDATE", oldObject: podOf(["x"]) }, "unhandled-operation"],
  ["the deletion of a Deployment", DEPLOYMENT, { operation: "DELETE" }, "unhandled-operation"],
  ["a connection to a Pod", POD, { operation: "CONNECT" }, "unhandled-operation"],
  ["the creation of a subresource of a Pod", POD, { subResource: "binding" }, "subresource"],
  [
    "the update of a subresource of a Deployment",
    DEPLOYMENT,
    { operation: "UPDATE", subResource: "scale", oldObject: deploymentOf(podOf(["x"])) },
    "subresource",
  ],
  ["the creation of a ConfigMap", POD, { kind: { group: "", kind: "ConfigMap" } }, "unhandled-kind"],
  ["the creation of a missing object", POD, { object: undefined }, "unreadable-object"],
  ["the creation of a Pod without a spec", { apiVersion: "v1", kind: "Pod" }, {}, "unreadable-object"],
  [
    "the creation of a Deployment without a template",
    { apiVersion: "apps/v1", kind: "Deployment", spec: {} },
    {},
    "unreadable-object",
  ],
  ["the creation of a Pod without images", podOf([]), {}, "no-images"],
  [
    "the creation of a mirror Pod",
    podOf(["x"], undefined, { annotations: { "kubernetes.io/config.mirror": "abc" } }),
    {},
    "mirror-pod",
  ],
  ["the creation of a Pod that opted out", podOf(["x"], undefined, OPT_OUT), {}, "opted-out"],
  ["the creation of a Deployment that opted out", deploymentOf(POD, OPT_OUT), {}, "opted-out"],
  [
    "the creation of a Deployment whose template opted out",
    deploymentOf(podOf(["x"], undefined, OPT_OUT)),
    {},
    "opted-out",
  ],
  ["the creation of a Pod that a controller owns", podOf(["x"], undefined, CONTROLLED), {}, null],
  ["the creation of a Deployment that a controller owns", deploymentOf(POD, CONTROLLED), {}, "has-controller"],
  [
    "the creation of a Deployment that another object owns",
    deploymentOf(POD, { ownerReferences: [{ controller: false }, "x"] }),
    {},
    null,
  ],
  [
    "the creation of a Deployment with the mirror annotation",
    deploymentOf(POD, { annotations: { "kubernetes.io/config.mirror": "abc" } }),
    {},
    null,
  ],
  [
    "an update that changes an image",
    DEPLOYMENT,
    { operation: "UPDATE", oldObject: deploymentOf(podOf(["old"])) },
    null,
  ],
  [
    "an update of an object that is not known",
    DEPLOYMENT,
    { operation: "UPDATE", oldObject: undefined },
    "unreadable-object",
  ],
] as const) {
  test(`${title} is ${reason === null ? "handled" : `left alone: ${reason}`}`, () => {
    assert.equal(reasonFor(object as JsonObject, changes), reason);
  });
}

for (const spec of [
  { imagePullSecrets: {} },
  { imagePullSecrets: "x" },
  { imagePullSecrets: ["x"] },
  { imagePullSecrets: [[]] },
  { imagePullSecrets: [{ name: 1 }] },
  { containers: "x" },
]) {
  test(`a Pod with ${JSON.stringify(spec)} is left alone: unreadable-object`, () => {
    assert.equal(
      reasonFor({ apiVersion: "v1", kind: "Pod", spec: { containers: [{ image: "x" }], ...spec } }),
      "unreadable-object",
    );
  });
}
for (const metadata of ["x", [], { annotations: "x" }, { annotations: [1] }]) {
  test(`a Pod with the metadata ${JSON.stringify(metadata)} is left alone: unreadable-object`, () => {
    assert.equal(reasonFor({ ...POD, metadata }), "unreadable-object");
  });
}
for (const metadata of [undefined, null, {}, { annotations: null }]) {
  test(`a Pod with the metadata ${JSON.stringify(metadata)} is handled`, () =>
    assert.equal(reasonFor({ ...POD, metadata }), null));
}

test("a target holds what the plan needs", () => {
  const cronJob = {
    spec: {
      jobTemplate: {
        spec: { template: deploymentOf(podOf(["quay.io/a"], ["x", "", "x"], injectedBefore("", "x", "y"))).spec },
      },
    },
  };
  const nested = { spec: { jobTemplate: { spec: cronJob.spec.jobTemplate.spec.template } } };
  const target = readInjectionTarget(nested, { group: "batch", kind: "CronJob" });
  assert.equal(target?.isTemplate, true);
  assert.equal(target?.pointer, "/spec/jobTemplate/spec/template");
  assert.deepEqual(target?.listed, ["x", "", "x"]);
  assert.deepEqual(target?.injectedBefore, ["x", "y"]);
  assert.equal(readInjectionTarget(POD, { group: "", kind: "Pod" })?.pointer, "");
  assert.equal(readInjectionTarget(POD, { group: "", kind: "Service" }), undefined);
});

for (const [spec, name] of [
  [{}, "default"],
  [{ serviceAccountName: "" }, "default"],
  [{ serviceAccountName: "robot" }, "robot"],
  [{ serviceAccount: "old" }, "old"],
  [{ serviceAccountName: "new", serviceAccount: "old" }, "new"],
  [{ serviceAccountName: 1 }, "default"],
] as const) {
  test(`the ServiceAccount of a Pod with ${JSON.stringify(spec)} is ${name}`, () => {
    assert.equal(readInjectionTarget({ spec }, { group: "", kind: "Pod" })?.serviceAccountName, name);
  });
}

test("a reference without a name is one with an empty name, as Go reads null", () => {
  const pod = { spec: { imagePullSecrets: [{}, null, { name: null }, { name: "a" }] } };
  assert.deepEqual(readInjectionTarget(pod, { group: "", kind: "Pod" })?.listed, ["", "", "", "a"]);
});

test("the namespace is the request's, not the object's", () => {
  const asked: (readonly string[])[] = [];
  const pod = podOf(["quay.io/a"], undefined, { namespace: "elsewhere" });
  decide(requestOf(pod, { namespace: "here" }), (...question) => {
    asked.push(question);
    return viewOf([]);
  });
  assert.deepEqual(asked, [["here", "default"]]);
});

test("a request that filtered skips asks for no credentials", () => {
  const decision = decide(requestOf(podOf([]), { subResource: "status" }), () => assert.fail("asked"));
  assert.deepEqual([decision.outcome, decision.reason, decision.plan], ["skip", "subresource", null]);
});
