import assert from "node:assert/strict";
import { test } from "node:test";
import {
  groupKindOf,
  HANDLED_KINDS,
  HANDLED_RESOURCES,
  meantKind,
  resourceOf,
  templatePath,
} from "../../../src/core/admission/pod-template.ts";

for (const [group, kind, path] of [
  ["", "Pod", []],
  ["", "ReplicationController", ["spec", "template"]],
  ["apps", "Deployment", ["spec", "template"]],
  ["apps", "StatefulSet", ["spec", "template"]],
  ["apps", "DaemonSet", ["spec", "template"]],
  ["apps", "ReplicaSet", ["spec", "template"]],
  ["batch", "Job", ["spec", "template"]],
  ["batch", "CronJob", ["spec", "jobTemplate", "spec", "template"]],
  ["", "Deployment", undefined],
  ["apps", "Pod", undefined],
  ["", "PodTemplate", undefined],
  ["extensions", "Deployment", undefined],
  ["apps", "deployment", undefined],
] as const) {
  test(`the template of ${group}/${kind} is at ${path === undefined ? "no place: it is not handled" : `/${path.join("/")}`}`, () => {
    assert.deepEqual(templatePath({ group, kind }), path);
    assert.equal(HANDLED_KINDS.includes(`${group}/${kind}`), path !== undefined);
    assert.equal(HANDLED_RESOURCES.includes(resourceOf({ group, kind }) ?? ""), path !== undefined);
  });
}

test("a manifest tells group and kind; the version plays no part", () => {
  assert.deepEqual(groupKindOf({ apiVersion: "v1", kind: "Pod" }), { group: "", kind: "Pod" });
  assert.deepEqual(groupKindOf({ apiVersion: "apps/v1beta2", kind: "Deployment" }), {
    group: "apps",
    kind: "Deployment",
  });
  assert.equal(groupKindOf({ apiVersion: "v1" }), undefined);
  assert.equal(groupKindOf({ apiVersion: 1, kind: "Pod" }), undefined);
});

test("gives the kind that was meant where its group or case is wrong, and nothing for custom kinds", () => {
  const deployment = { group: "apps", kind: "Deployment" };
  assert.deepEqual(meantKind({ group: "", kind: "Deployment" }), deployment);
  assert.deepEqual(meantKind({ group: "extensions", kind: "Deployment" }), deployment);
  assert.deepEqual(meantKind({ group: "apps", kind: "deployment" }), deployment);
  assert.deepEqual(meantKind({ group: "v1", kind: "pod" }), { group: "", kind: "Pod" });
  for (const kind of [deployment, { group: "", kind: "Pod" }, { group: "", kind: "Service" }]) {
    assert.equal(meantKind(kind), undefined);
  }
  assert.equal(meantKind({ group: "example.com", kind: "Deployment" }), undefined);
});
