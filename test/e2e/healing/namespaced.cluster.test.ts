/** `pullring controller --heal --namespace`: Roles in the chosen namespaces are enough, and Pods of others are not even seen. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { onlyOf, parseManifests } from "../../manifests/manifest.ts";
import { kustomize } from "../../manifests/render.ts";
import { waitUntil } from "../../wait-until.ts";
import { kubeconfigText } from "../control-plane/kubeconfig.ts";
import { startController, waitForMetric } from "../webhook/controller-process.ts";
import { apply } from "../webhook/install.ts";
import { type InstalledPlane, PATIENT, startInstalledPlane } from "../webhook/installed-plane.ts";
import { createNamespace, namespaceOf } from "../webhook/namespace.ts";
import { credentialOf, deploymentOf, pullSecretsOf } from "../webhook/objects.ts";
import { IMAGE, letPodsWait } from "./waiting-pods.ts";

interface Rule {
  readonly resources: readonly string[];
}

describe("pullring controller --heal --namespace", () => {
  let installed: InstalledPlane;
  let kubeconfig: string;
  before(async () => {
    installed = await startInstalledPlane(PATIENT);
    const { plane } = installed;
    await createNamespace(plane.api, "chosen");
    await createNamespace(plane.api, "other");
    kubeconfig = join(plane.directory, "namespaced-kubeconfig.json");
    await apply(plane, await rolesOf("chosen"));
    const tokenFile = join(plane.directory, "namespaced-token");
    writeFileSync(tokenFile, await plane.serviceAccountToken("pullring", "pullring-controller"), { mode: 0o600 });
    writeFileSync(kubeconfig, kubeconfigText(plane, { tokenFile }));
  });
  after(() => installed?.plane.stop());

  /** The rights of the component, those of the cluster's own objects apart as a Role. */
  async function rolesOf(namespace: string): Promise<readonly object[]> {
    const manifests = parseManifests(await kustomize(["healing"]));
    const named = manifests.filter(({ metadata }) => metadata.name === "pullring-healing");
    const { rules, ...clusterRole } = onlyOf(named, "ClusterRole") as ReturnType<typeof onlyOf> & {
      readonly rules: readonly Rule[];
    };
    const ofCluster = ({ resources }: Rule): boolean => resources.includes("mutatingwebhookconfigurations");
    const metadata = { name: "pullring-healing", namespace };
    const { roleRef, subjects } = onlyOf(named, "RoleBinding");
    return [
      ...manifests.filter(
        ({ kind, metadata: { name } }) => kind === "ServiceAccount" && name === "pullring-controller",
      ),
      onlyOf(named, "Role"),
      onlyOf(named, "RoleBinding"),
      { ...clusterRole, rules: rules.filter(ofCluster) },
      onlyOf(named, "ClusterRoleBinding"),
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata,
        rules: rules.filter((rule) => !ofCluster(rule)),
      },
      { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata, roleRef, subjects },
    ];
  }

  test("heals the Pods of the chosen namespace, and lacks no right", async () => {
    const { plane } = installed;
    const controller = await startController(plane, { kubeconfig, flags: ["--heal", "--namespace=chosen"] });
    const pods = await Promise.all(
      ["chosen", "other"].map(async (name) => {
        const namespace = namespaceOf(plane.api, name);
        await namespace.create("apps/v1/deployments", deploymentOf("web", IMAGE));
        const [pod] = await letPodsWait(plane.api, namespace, { labelSelector: "app=web", count: 1 });
        await namespace.create("secrets", credentialOf("team", "registry.example"));
        return { namespace, uid: pod?.metadata.uid };
      }),
    );
    const [chosen, other] = pods;
    await waitUntil("the new Pod with its Secret", async () => {
      const [pod] = (await chosen?.namespace.list("pods", "app=web")) ?? [];
      return pod !== undefined && pod.metadata.uid !== chosen?.uid && pullSecretsOf(pod).includes("team");
    });
    const [untouched] = (await other?.namespace.list("pods", "app=web")) ?? [];
    assert.equal(untouched?.metadata.uid, other?.uid);
    await waitForMetric(controller, /^pullring_eviction_delay_seconds_count 1$/);
    await waitForMetric(controller, /^pullring_waiting_pods\{verdict="helped"\} 0$/);
    assert.doesNotMatch(controller.process.readLog(), /missing right/);
  });
});
