/** Which kinds, operations and subresources the installed webhook configuration sends to pullring, on a real API server. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { HANDLED_KINDS } from "../../src/core/admission/pod-template.ts";
import { waitUntil } from "../wait-until.ts";
import type { RecordedRequest } from "./recording-webhook.ts";
import { startWitnessedPlane, type WitnessedPlane } from "./witnessed-plane.ts";

describe("the installed rules", () => {
  let witnessed: WitnessedPlane;
  before(async () => {
    witnessed = await startWitnessedPlane();
  });
  after(() => witnessed?.stop());

  for (const groupKind of HANDLED_KINDS) {
    test(`send the creation of ${groupKind} once`, async () => {
      const sent = await witnessed.dryRun(witnessed.workload(groupKind));
      assert.deepEqual(
        sent.map(({ operation, kind }) => [operation, `${kind.group}/${kind.kind}`, kind.version]),
        [["CREATE", groupKind, "v1"]],
      );
    });

    const isPod = groupKind === "/Pod";
    test(`${isPod ? "keep" : "send"} an update of ${groupKind}, and keep its status and its deletion`, async () => {
      const { plane, workload, create, about } = witnessed;
      const { path, body } = workload(groupKind);
      const { name } = body.metadata;
      const change = { metadata: { labels: { changed: "yes" } } };
      await create({ path, body });
      await plane.api.expect("PATCH", `${path}/${name}/status`, change);
      await plane.api.expect("PATCH", `${path}/${name}`, { metadata: { labels: { changed: "again" } } });
      await plane.api.expect("DELETE", `${path}/${name}`);
      // Controllers may update their objects as well, in their own time.
      const ours = about(name).filter(({ userInfo }) => userInfo.username === "pullring-test-admin");
      // A patch that meets a controller's update is tried, and sent, again.
      const operations = new Set(
        ours.map(({ operation, subResource }) => `${operation}${subResource ?? ""}`),
      );
      assert.deepEqual([...operations], isPod ? ["CREATE"] : ["CREATE", "UPDATE"]);
    });
  }

  test("send a Deployment and its Pod, and keep the ReplicaSet between them", async () => {
    const made = witnessed.workload("apps/Deployment");
    await witnessed.create(made);
    const ofKind = (kind: string): readonly RecordedRequest[] =>
      witnessed.webhook.requests.filter(
        (request) =>
          request.kind.kind === kind && givenName(request).startsWith(`${made.body.metadata.name}-`),
      );
    await waitUntil("the Pod", () => ofKind("Pod").length > 0);
    assert.equal(ofKind("ReplicaSet").length, 0);
  });

  test("keep scaling, eviction and ephemeral containers", async () => {
    const { plane, workload, create, about, webhook } = witnessed;
    const deployment = workload("apps/Deployment");
    await create(deployment);
    const scaled = await plane.kubectl([
      "scale",
      `deployment/${deployment.body.metadata.name}`,
      "--replicas=2",
    ]);
    assert.equal(scaled.code, 0, scaled.stderr);
    const pod = workload("/Pod");
    const { name } = pod.body.metadata;
    await create(pod);
    const debug = { spec: { ephemeralContainers: [{ name: "debug", image: "quay.io/acme/debug:1" }] } };
    await plane.api.expect("PATCH", `${pod.path}/${name}/ephemeralcontainers`, debug, {
      contentType: "application/strategic-merge-patch+json",
    });
    const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name } };
    await plane.api.expect("POST", `${pod.path}/${name}/eviction`, eviction);
    assert.deepEqual(
      webhook.requests.filter(({ subResource }) => subResource),
      [],
    );
    assert.deepEqual(
      about(name).map(({ operation }) => operation),
      ["CREATE"],
    );
  });

  test("keep every other kind, also one that holds a Pod template", async () => {
    const { body } = witnessed.workload("apps/Deployment");
    const { template } = body.spec as { readonly template: unknown };
    const podTemplate = { apiVersion: "v1", kind: "PodTemplate", metadata: { name: "other" }, template };
    await witnessed.plane.api.expect("POST", "/api/v1/namespaces/default/podtemplates", podTemplate);
    const handled = new Set(HANDLED_KINDS);
    assert.ok(witnessed.webhook.requests.length > 0);
    assert.deepEqual(
      witnessed.webhook.requests.filter(({ kind }) => !handled.has(`${kind.group}/${kind.kind}`)),
      [],
    );
  });
});

/** The name, or what stands before the part that the API server will add. */
function givenName({ object }: RecordedRequest): string {
  const { metadata } = object as { metadata: { name?: string; generateName?: string } };
  return metadata.name ?? metadata.generateName ?? "";
}
