/** Credentials that are malformed, opted out, on their way out, retyped and edited, and what the next Pod gets. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ControlPlane } from "./control-plane/control-plane.ts";
import { startInstalledPlane } from "./webhook/installed-plane.ts";
import { createNamespace, type Namespace } from "./webhook/namespace.ts";
import { credentialOf, deploymentOf, podOf, pullSecretsOf, rawCredentialOf } from "./webhook/objects.ts";
import { createKnown, removeAndWait, waitForRemoval, waitForUse, wouldGet } from "./webhook/settled.ts";

const OPT_OUT = { "pullring.dev/inject": "false" };

describe("the next Pod", () => {
  let plane: ControlPlane;
  let namespace: Namespace;
  before(async () => {
    ({ plane } = await startInstalledPlane());
    namespace = await createNamespace(plane.api, "team");
  });
  after(() => plane?.stop());

  test("does not name a malformed credential, and names it once it is repaired", async () => {
    await namespace.create("secrets", rawCredentialOf("broken", '{"auths":{"broken.example":{"auth":5}}}'));
    assert.deepEqual(await wouldGet(namespace, "broken.example/app"), []);
    const { data } = credentialOf("broken", "broken.example") as { data: object };
    await namespace.patch("secrets", "broken", { data });
    assert.deepEqual(await wouldGet(namespace, "broken.example/app"), ["broken"]);
  });

  test("does not name a credential that opted out, and does again without the label", async () => {
    await createKnown(namespace, "shy");
    await namespace.patch("secrets", "shy", { metadata: { labels: OPT_OUT } });
    await waitForRemoval(namespace, "shy");
    await namespace.patch("secrets", "shy", { metadata: { labels: { "pullring.dev/inject": null } } });
    assert.deepEqual(await wouldGet(namespace, "shy.example/app"), ["shy"]);
  });

  test("gets nothing when it opted out itself, as does a workload", async () => {
    await createKnown(namespace, "plain");
    const metadata = { name: "out", labels: OPT_OUT };
    const pod = { ...podOf("out", "plain.example/app"), metadata };
    assert.deepEqual(pullSecretsOf(await namespace.create("pods", pod)), []);
    const deployment = { ...deploymentOf("out", "plain.example/app"), metadata };
    assert.deepEqual(pullSecretsOf(await namespace.create("apps/v1/deployments", deployment)), []);
  });

  test("gets nothing in a namespace that opted out, and does again without the label", async () => {
    const quiet = await createNamespace(plane.api, "quiet");
    await createKnown(quiet, "unused");
    const label = (labels: object | null) =>
      plane.api.expect("PATCH", "/api/v1/namespaces/quiet", { metadata: { labels } });
    await label(OPT_OUT);
    await waitForRemoval(quiet, "unused");
    await label({ "pullring.dev/inject": null });
    await waitForUse(quiet, "unused");
  });

  test("does not name a credential that is being deleted", async () => {
    await createKnown(namespace, "leaving");
    await namespace.patch("secrets", "leaving", { metadata: { finalizers: ["pullring.example/hold"] } });
    await namespace.remove("secrets", "leaving");
    assert.ok("deletionTimestamp" in (await namespace.read("secrets", "leaving")).metadata);
    await waitForRemoval(namespace, "leaving");
    await namespace.patch("secrets", "leaving", { metadata: { finalizers: null } });
  });

  test("names a credential of the older type under the same name, and no Secret of another type", async () => {
    await createKnown(namespace, "typed");
    await removeAndWait(namespace, "typed");
    const auth = Buffer.from("robot:secret").toString("base64");
    const dockercfg = JSON.stringify({ "typed.example": { auth } });
    const data = { ".dockercfg": Buffer.from(dockercfg).toString("base64") };
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "typed" }, data };
    await namespace.create("secrets", { ...secret, type: "kubernetes.io/dockercfg" });
    assert.deepEqual(await wouldGet(namespace, "typed.example/app"), ["typed"]);
    await removeAndWait(namespace, "typed");
    await namespace.create("secrets", { ...secret, type: "Opaque" });
    assert.deepEqual(await wouldGet(namespace, "typed.example/app"), []);
  });

  test("follows a credential that was edited to another registry at once", async () => {
    await createKnown(namespace, "moving");
    for (let round = 0; round < 50; round++) {
      const { data } = credentialOf("moving", `moved-${round}.example`) as { data: object };
      await namespace.patch("secrets", "moving", { data });
      assert.deepEqual(await wouldGet(namespace, `moved-${round}.example/app`), ["moving"]);
    }
    await waitForRemoval(namespace, "moving");
  });
});
