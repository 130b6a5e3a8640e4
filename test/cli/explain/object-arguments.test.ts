/** Objects are named as for kubectl. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { OBJECT_TYPES, parseObjectArguments } from "../../../src/cli/explain/object-arguments.ts";

const named = (args: readonly string[]): readonly string[] => {
  const { selections, errors } = parseObjectArguments(args);
  assert.deepEqual(errors, []);
  return selections.map(({ resource, kind, name }) => `${kind.group}/${kind.kind} ${resource} ${name ?? "*"}`);
};

for (const [text, expected] of [
  ["pod/web", "/Pod pods web"],
  ["pods/web", "/Pod pods web"],
  ["po/web", "/Pod pods web"],
  ["Pod/web", "/Pod pods web"],
  ["pod.v1/web", "/Pod pods web"],
  ["rc/web", "/ReplicationController replicationcontrollers web"],
  ["deploy/shop", "apps/Deployment deployments shop"],
  ["deployment.apps/shop", "apps/Deployment deployments shop"],
  ["deployments.v1.apps/shop", "apps/Deployment deployments shop"],
  ["sts/db", "apps/StatefulSet statefulsets db"],
  ["ds/agent", "apps/DaemonSet daemonsets agent"],
  ["rs/web-1", "apps/ReplicaSet replicasets web-1"],
  ["job/import", "batch/Job jobs import"],
  ["cj/night", "batch/CronJob cronjobs night"],
  ["pod web.example", "/Pod pods web.example"],
  ["pods", "/Pod pods *"],
] as const) {
  test(`takes ${text}`, () => assert.deepEqual(named(text.split(" ")), [expected]));
}

test("takes several objects, several names of a type, and several types", () => {
  assert.deepEqual(named(["pod/web", "deploy/shop"]), ["/Pod pods web", "apps/Deployment deployments shop"]);
  assert.deepEqual(named(["pods", "a", "b"]), ["/Pod pods a", "/Pod pods b"]);
  assert.deepEqual(named(["pods,jobs"]), ["/Pod pods *", "batch/Job jobs *"]);
});

test("takes no type of another group", () => {
  assert.equal(parseObjectArguments(["deployments.extensions/web"]).errors.length, 1);
});

test("there is a type for each kind that the webhook handles", () => {
  assert.equal(OBJECT_TYPES.length, 8);
});
