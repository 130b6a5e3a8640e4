/** Every kind that has a Pod template, and the Pods that the real controllers make of it. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { waitUntil } from "../wait-until.ts";
import type { ControlPlane } from "./control-plane/control-plane.ts";
import { startInstalledPlane } from "./webhook/installed-plane.ts";
import type { Kubectl } from "./webhook/kubectl-session.ts";
import type { Namespace } from "./webhook/namespace.ts";
import { credentialOf, pullSecretsOf, templateOf } from "./webhook/objects.ts";

const IMAGE = "quay.io/acme/worker:1";
const INJECTED = "pullring.dev/injected";

interface Kind {
  readonly kind: string;
  readonly apiVersion: string;
  /** As {@link Namespace} takes it. */
  readonly resource: string;
  /** The spec of an object of this kind, whose Pods have the label app=NAME. */
  readonly spec: (name: string) => object;
}

const apps = (name: string): object => ({
  selector: { matchLabels: { app: name } },
  template: templateOf(name, IMAGE),
});

const job = (name: string): object => ({ template: templateOf(name, IMAGE, { restartPolicy: "Never" }) });

const kinds: readonly Kind[] = [
  { kind: "Deployment", apiVersion: "apps/v1", resource: "apps/v1/deployments", spec: apps },
  {
    kind: "StatefulSet",
    apiVersion: "apps/v1",
    resource: "apps/v1/statefulsets",
    spec: (name) => ({ ...apps(name), serviceName: name }),
  },
  { kind: "DaemonSet", apiVersion: "apps/v1", resource: "apps/v1/daemonsets", spec: apps },
  { kind: "ReplicaSet", apiVersion: "apps/v1", resource: "apps/v1/replicasets", spec: apps },
  {
    kind: "ReplicationController",
    apiVersion: "v1",
    resource: "replicationcontrollers",
    spec: (name) => ({ selector: { app: name }, template: templateOf(name, IMAGE) }),
  },
  { kind: "Job", apiVersion: "batch/v1", resource: "batch/v1/jobs", spec: job },
  {
    kind: "CronJob",
    apiVersion: "batch/v1",
    resource: "batch/v1/cronjobs",
    // Every minute: the wait for it is the longest of this file.
    spec: (name) => ({ schedule: "* * * * *", jobTemplate: { spec: job(name) } }),
  },
];

const nameOf = ({ kind }: Kind): string => `a-${kind.toLowerCase()}`;

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
    const items = kinds.map((kind) => ({
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      metadata: { name: nameOf(kind) },
      spec: kind.spec(nameOf(kind)),
    }));
    await kubectl(["apply", "-f", "-"], { apiVersion: "v1", kind: "List", items });
  });
  after(() => plane?.stop());

  for (const kind of kinds) {
    test(`${kind.kind}: the stored template and the Pod of its controller name the Secret once`, async () => {
      const stored = await namespace.read(kind.resource, nameOf(kind));
      assert.deepEqual(pullSecretsOf(stored), ["testquay"]);
      // A CronJob starts at the next full minute.
      const [pod] = await waitUntil(
        `the Pod of ${kind.kind}`,
        async () => {
          const pods = await namespace.list("pods", `app=${nameOf(kind)}`);
          return pods.length > 0 && pods;
        },
        { timeoutMs: 150_000 },
      );
      assert.deepEqual(pod && pullSecretsOf(pod), ["testquay"]);
      assert.equal(pod?.metadata.annotations?.[INJECTED], "testquay");
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
    const jobs = await namespace.list("batch/v1/jobs");
    const made = jobs.filter(({ metadata }) => metadata.name !== "a-job");
    assert.ok(made.length >= 2, `${made.length} Jobs of the CronJob`);
    for (const each of made) assert.deepEqual(pullSecretsOf(each), ["testquay"], each.metadata.name);
    const pods = await kubectl.waitForPods("job-name=by-hand", 1);
    assert.deepEqual(pods.map(pullSecretsOf), [["testquay"]]);
  });
});
