/** ServiceAccounts with pull secrets, whose names the API server copies only into empty lists. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { waitUntil } from "../wait-until.ts";
import type { ControlPlane } from "./control-plane/control-plane.ts";
import { startInstalledPlane } from "./webhook/installed-plane.ts";
import type { Kubectl } from "./webhook/kubectl-session.ts";
import type { Namespace } from "./webhook/namespace.ts";
import { credentialOf, deploymentOf, podOf, pullSecretsOf } from "./webhook/objects.ts";

/** No credential of the namespace is for it but the ServiceAccount's, which matches no key. */
const PUBLIC = "registry.k8s.io/pause:3.10";
const PRIVATE = "quay.io/acme/web:1";
const asPuller = { serviceAccountName: "puller" };
const asStrict = { serviceAccountName: "strict" };

describe("a ServiceAccount with pull secrets", () => {
  let plane: ControlPlane;
  let kubectl: Kubectl;
  let namespace: Namespace;
  before(async () => {
    ({ plane, kubectl, namespace } = await startInstalledPlane());
    await namespace.create("secrets", credentialOf("account-registry", "account.example"));
    await namespace.create("secrets", credentialOf("testquay", "quay.io"));
    const imagePullSecrets = [{ name: "account-registry" }];
    const account = { apiVersion: "v1", kind: "ServiceAccount", imagePullSecrets };
    await namespace.create("serviceaccounts", { ...account, metadata: { name: "puller" } });
    const annotations = { "kubernetes.io/enforce-mountable-secrets": "true" };
    await namespace.create("serviceaccounts", { ...account, metadata: { name: "strict", annotations } });
    await waitUntil("ServiceAccounts that the API server knows", async () => {
      const pods = [podOf("known", PUBLIC, asPuller), podOf("known", PUBLIC, asStrict)];
      const answers = await Promise.all(pods.map((pod) => namespace.create("pods", pod, "?dryRun=All")));
      return answers.every((answer) => pullSecretsOf(answer).join() === "account-registry");
    });
  });
  after(() => plane?.stop());

  test("keeps its names, first, in a Pod that needs another credential", async () => {
    const pod = await namespace.create("pods", podOf("both", PRIVATE, asPuller));
    assert.deepEqual(pullSecretsOf(pod), ["account-registry", "testquay"]);
  });

  test("leaves a template alone whose images need no other credential; its Pods get the names", async () => {
    await namespace.create("apps/v1/deployments", deploymentOf("plain", PUBLIC, asPuller));
    assert.deepEqual(pullSecretsOf(await namespace.read("apps/v1/deployments", "plain")), []);
    const [pod] = await kubectl.waitForPods("app=plain", 1);
    assert.deepEqual(pod && pullSecretsOf(pod), ["account-registry"]);
  });

  test("has its names, first, in a template that pullring fills, and in its Pods", async () => {
    const stored = await namespace.create("apps/v1/deployments", deploymentOf("both", PRIVATE, asPuller));
    assert.deepEqual(pullSecretsOf(stored), ["account-registry", "testquay"]);
    const [pod] = await kubectl.waitForPods("app=both", 1);
    assert.deepEqual(pod && pullSecretsOf(pod), ["account-registry", "testquay"]);
  });

  test("that enforces mountable secrets gets no other name in a Pod", async () => {
    const pod = await namespace.create("pods", podOf("strict", PRIVATE, asStrict));
    assert.deepEqual(pullSecretsOf(pod), ["account-registry"]);
  });
});
