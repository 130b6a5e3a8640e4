/** Every kind that has a Pod template, and the Pods that the real controllers make of it. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ControlPlane } from "./control-plane/control-plane.ts";
import { startInstalledPlane } from "./webhook/installed-plane.ts";
import type { Kubectl } from "./webhook/kubectl-session.ts";
import type { Namespace } from "./webhook/namespace.ts";
import { credentialOf, pullSecretsOf, templateOf } from "./webhook/objects.ts";

const IMAGE = "quay.io/acme/worker:1";

const apps = (name: string): object => ({
  selector: { matchLabels: { app: name } },
  template: templateOf(name, IMAGE),
});
const job = (name: string): object => ({ template: templateOf(name, IMAGE, { restartPolicy: "Never" }) });

/** The kind, its API version, its resource in the path, and the spec of an object whose Pods have the label app=NAME. */
const KINDS: readonly (readonly [string, string, string, (name: string) => object])[] = [
  ["Deployment", "apps/v1", "apps/v1/deployments", apps],
  ["StatefulSet", "apps/v1", "apps/v1/statefulsets", (name) => ({ ...apps(name), serviceName: name })],
  ["DaemonSet", "apps/v1", "apps/v1/daemonsets", apps],
  ["ReplicaSet", "apps/v1", "apps/v1/replicasets", apps],
  [
    "ReplicationController",
    "v1",
    "replicationcontrollers",
    (name) => ({ selector: { app: name }, template: templateOf(name, IMAGE) }),
  ],
  ["Job", "batch/v1", "batch/v1/jobs", job],
  // Every minute: the wait for it is the longest of this file.
  ["CronJob", "batch/v1", "batch/v1/cronjobs", (name) => ({ schedule: "* * * * *", jobTemplate: { spec: job(name) } })],
];
const nameOf = (kind: string): string => `a-${kind.toLowerCase()}`;

describe("a workload with a private image", () => {
  let plane: ControlPlane;
  let kubectl: Kubectl;
  let namespace: Namespace;
  before(async () => {
    ({ plane, kubectl, namespace } = await startInstalledPlane());
    await namespace.create("secrets", credentialOf("testquay", "quay.io"));
    // A DaemonSet makes Pods for nodes only.
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "node-1" } };
    await plane.api.expect("POST", "/api/v1/nodes", node);
    // A new node is tainted as not ready until a controller that is not here sees that it is.
    await plane.api.expect("PATCH", "/api/v1/nodes/node-1", { spec: { taints: null } });
    const items = KINDS.map(([kind, apiVersion, , spec]) => {
      return { apiVersion, kind, metadata: { name: nameOf(kind) }, spec: spec(nameOf(kind)) };
    });
    await kubectl(["apply", "-f", "-"], { apiVersion: "v1", kind: "List", items });
  });
  after(() => plane?.stop());

  for (const [kind, , resource] of KINDS) {
    test(`${kind}: the stored template and the Pod of its controller name the Secret once`, async () => {
      const stored = await namespace.read(resource, nameOf(kind));
      assert.deepEqual(pullSecretsOf(stored), ["testquay"]);
      const [pod] = await kubectl.waitForPods(`app=${nameOf(kind)}`, 1);
      assert.deepEqual(pod && pullSecretsOf(pod), ["testquay"]);
      assert.equal(pod?.metadata.annotations?.["pullring.dev/injected"], "testquay");
    });
  }

  test("the ReplicaSet of a Deployment is left to the Deployment and carries what its template does", async () => {
    const [replicaSet] = await namespace.list("apps/v1/replicasets", "app=a-deployment");
    assert.deepEqual(replicaSet && pullSecretsOf(replicaSet), ["testquay"]);
    const deployment = await namespace.read("apps/v1/deployments", "a-deployment");
    assert.equal(deployment.metadata.generation, 1);
  });

  test("the Job that a CronJob makes names the Secret once, also when a person starts it", async () => {
    await kubectl(["create", "job", "by-hand", "--from=cronjob/a-cronjob"]);
    const made = await namespace.list("batch/v1/jobs");
    assert.ok(made.length >= 3, `${made.length} Jobs`);
    for (const each of made) assert.deepEqual(pullSecretsOf(each), ["testquay"], each.metadata.name);
    const pods = await kubectl.waitForPods("job-name=by-hand", 1);
    assert.deepEqual(pods.map(pullSecretsOf), [["testquay"]]);
  });
});
