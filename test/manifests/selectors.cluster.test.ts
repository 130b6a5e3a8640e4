/** Which objects and namespaces the installed selectors and conditions send to pullring, on a real API server, beside the decision's own view. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { filterRequest } from "../../src/core/admission/injection-target.ts";
import type { SkipReason } from "../../src/core/admission/skip-reason.ts";
import type { KubeObject } from "../e2e/control-plane/api-client.ts";
import { waitUntil } from "../wait-until.ts";
import { startWitnessedPlane, type WitnessedPlane } from "./witnessed-plane.ts";
import type { Workload, WorkloadMetadata } from "./workloads.ts";

const optedOut = { labels: { "pullring.dev/inject": "false" } };
const mirror = { annotations: { "kubernetes.io/config.mirror": "hash" } };
const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "1" };
const owned = (controller?: boolean): Partial<WorkloadMetadata> => ({
  ownerReferences: [controller === undefined ? owner : { ...owner, controller }],
});

/** What is created, and why the decision would skip it; null where it is wanted. */
const rows: readonly (readonly [string, string, Partial<WorkloadMetadata>, SkipReason | null])[] = [
  ["a Pod with other annotations", "/Pod", { annotations: { a: "b" } }, null],
  ["a mirror Pod", "/Pod", mirror, "mirror-pod"],
  ["a Deployment with a mirror Pod's annotation", "apps/Deployment", mirror, null],
  ["a Pod of a controller", "/Pod", owned(true), null],
  ["a ReplicaSet of a controller", "apps/ReplicaSet", owned(true), "has-controller"],
  ["a Job of a controller", "batch/Job", owned(true), "has-controller"],
  ["a Job of an owner that is no controller", "batch/Job", owned(false), null],
  ["a Job of an owner of which nothing is said", "batch/Job", owned(), null],
  ["an opted-out Pod", "/Pod", optedOut, "opted-out"],
  ["an opted-out Deployment", "apps/Deployment", optedOut, "opted-out"],
  ["a Pod with another value of the label", "/Pod", { labels: { "pullring.dev/inject": "no" } }, null],
];

describe("the installed selectors and conditions", () => {
  let witnessed: WitnessedPlane;
  before(async () => {
    witnessed = await startWitnessedPlane();
    await witnessed.addNamespace("opted-out", optedOut.labels);
    await witnessed.addNamespace("opted-in", { "pullring.dev/inject": "true" });
    for (const name of ["kube-system", "kube-node-lease", "kube-public"]) await witnessed.addNamespace(name);
  });
  after(() => witnessed?.stop());

  for (const [title, groupKind, metadata, reason] of rows) {
    test(`${reason === null ? "send" : "keep"} ${title}, as the decision ${reason === null ? "wants" : "skips"} it`, async () => {
      const made = witnessed.workload(groupKind, metadata);
      const placed = reason === "mirror-pod" ? onNode(made) : made;
      assert.equal((await witnessed.dryRun(placed)).length, reason === null ? 1 : 0);
      assert.equal(reasonToSkip(placed, groupKind), reason);
    });
  }

  for (const [namespace, sent] of [
    ["default", 1],
    ["kube-public", 1],
    ["opted-in", 1],
    ["opted-out", 0],
    ["kube-system", 0],
    ["kube-node-lease", 0],
  ] as const) {
    test(`${sent === 1 ? "send" : "keep"} Pods and templates of namespace ${namespace}`, async () => {
      for (const groupKind of ["/Pod", "apps/Deployment"]) {
        const made = witnessed.workload(groupKind, {}, namespace);
        assert.equal((await witnessed.dryRun(made)).length, sent, groupKind);
      }
    });
  }

  test("keep our own Pods, when they are made and when they are made again", async () => {
    const path = "/api/v1/namespaces/pullring/pods";
    const pods = async (): Promise<readonly KubeObject[]> =>
      (await witnessed.plane.api.expect<{ items: readonly KubeObject[] }>("GET", path)).items;
    const first = await waitUntil("our Pods", async () => {
      const found = await pods();
      return found.length === 2 && found;
    });
    await witnessed.plane.api.expect("DELETE", path);
    const uids = new Set(first.map(({ metadata }) => metadata.uid));
    await waitUntil("new Pods of ours", async () => {
      const found = await pods();
      return found.length === 2 && found.every(({ metadata }) => !uids.has(metadata.uid));
    });
    assert.deepEqual(
      witnessed.webhook.requests.filter(({ namespace }) => namespace === "pullring"),
      [],
    );
  });

  test("send the update that takes an opt-out away", async () => {
    const made = witnessed.workload("apps/Deployment", optedOut);
    const { name } = made.body.metadata;
    await witnessed.create(made);
    assert.deepEqual(witnessed.about(name), []);
    const change = { metadata: { labels: { "pullring.dev/inject": null } } };
    await witnessed.plane.api.expect("PATCH", `${made.path}/${name}`, change);
    assert.ok(witnessed.about(name).some(({ operation }) => operation === "UPDATE"));
  });
});

/** The API server takes the annotation only on a Pod that has its node. */
function onNode({ path, body }: Workload): Workload {
  return { path, body: { ...body, spec: { ...(body.spec as object), nodeName: "node-1" } } };
}

function reasonToSkip({ body }: Workload, groupKind: string): SkipReason | null {
  const [group = "", kind = ""] = groupKind.split("/");
  const request = { uid: "1", subResource: "", namespace: "default", name: "", dryRun: false };
  return filterRequest({
    ...request,
    kind: { group, kind },
    operation: "CREATE",
    object: { ...body },
    oldObject: undefined,
  }).reason;
}
