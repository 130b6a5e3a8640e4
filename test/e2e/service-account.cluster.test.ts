/** ServiceAccounts with pull secrets, whose names the API server copies only into empty lists. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { waitUntil } from "../wait-until.ts";
import type { ControlPlane } from "./control-plane/control-plane.ts";
import { startInstalledPlane } from "./webhook/installed-plane.ts";
import type { Kubectl } from "./webhook/kubectl-session.ts";
import type { Namespace } from "./webhook/namespace.ts";
import { credentialOf, deploymentOf, podOf, pullSecretsOf, templateOf } from "./webhook/objects.ts";

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
    for (const [name, key] of [
      ["account-registry", "account.example"],
      ["testquay", "quay.io"],
    ]) {
      await namespace.create("secrets", credentialOf(`${name}`, `${key}`));
    }
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

  test("gives its names to a Pod that needs no other credential", async () => {
    const pod = await namespace.create("pods", podOf("plain", PUBLIC, asPuller));
    assert.deepEqual(pullSecretsOf(pod), ["account-registry"]);
  });

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

  test("gives a name that it was given later to the next Pods of a template that pullring filled", async () => {
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "growing" } };
    await namespace.create("serviceaccounts", account);
    const spec = { selector: { matchLabels: { app: "growing" } }, replicas: 1 };
    const template = templateOf("growing", PRIVATE, { serviceAccountName: "growing" });
    const deployment = { ...deploymentOf("growing", PRIVATE), spec: { ...spec, template } };
    await namespace.create("apps/v1/deployments", deployment);
    await kubectl.waitForPods("app=growing", 1);
    const imagePullSecrets = [{ name: "account-registry" }];
    await namespace.patch("serviceaccounts", "growing", { imagePullSecrets });
    await waitUntil("a Pod with the name", async () => {
      for (const pod of await namespace.list("pods", "app=growing")) {
        const names = pullSecretsOf(pod);
        if (names.includes("account-registry")) {
          assert.deepEqual([...names].sort(), ["account-registry", "testquay"]);
          return true;
        }
        await namespace.remove("pods", pod.metadata.name).catch(() => undefined);
      }
      return false;
    });
  });

  test("adds nothing to a list that a person wrote", async () => {
    const spec = { ...asPuller, imagePullSecrets: [{ name: "testquay" }] };
    const stored = await namespace.create("apps/v1/deployments", deploymentOf("own-list", PRIVATE, spec));
    assert.deepEqual(pullSecretsOf(stored), ["testquay"]);
    const [pod] = await kubectl.waitForPods("app=own-list", 1);
    assert.deepEqual(pod && pullSecretsOf(pod), ["testquay"]);
  });

  test("that enforces mountable secrets gets no other name, and its Pods are not refused", async () => {
    const pod = await namespace.create("pods", podOf("strict", PRIVATE, asStrict));
    assert.deepEqual(pullSecretsOf(pod), ["account-registry"]);
    const stored = await namespace.create("apps/v1/deployments", deploymentOf("strict", PRIVATE, asStrict));
    assert.deepEqual(pullSecretsOf(stored), []);
    const [made] = await kubectl.waitForPods("app=strict", 1);
    assert.deepEqual(made && pullSecretsOf(made), ["account-registry"]);
  });

  test("that enforces mountable secrets makes the API server refuse what pullring must not do", async () => {
    const spec = { ...asStrict, imagePullSecrets: [{ name: "testquay" }] };
    await assert.rejects(namespace.create("pods", podOf("refused", PRIVATE, spec)), /403.*testquay/);
  });
});
