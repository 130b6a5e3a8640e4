/** Installations on a real node: a Pod that comes in the very moment after `kubectl rollout status`, and the chart. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { findBinaries } from "../e2e/binaries/find.ts";
import type { KubeObject } from "../e2e/control-plane/api-client.ts";
import { createNamespace, type Namespace, namespaceOf } from "../e2e/webhook/namespace.ts";
import { deploymentOf, podOf, pullSecretsOf } from "../e2e/webhook/objects.ts";
import { repositoryRoot } from "../manifests/manifest.ts";
import { waitUntil } from "../wait-until.ts";
import { type RealNode, startNode } from "./boot/real-node.ts";
import { createCredential, INSTALL_YAML, waitForReason, waitWith } from "./install/person.ts";

const [INSTALLATIONS, ROUNDS] = [2, 5];
const QUICK = { terminationGracePeriodSeconds: 0 };
const BACKED_OFF = /^(ErrImagePull|ImagePullBackOff)$/;

interface Deployment extends KubeObject {
  readonly spec: { readonly replicas: number };
  readonly status: { readonly observedGeneration?: number; readonly availableReplicas?: number };
}

describe("an installation on a real node", () => {
  let node: RealNode;
  let namespace: Namespace;
  const kubectl = (...args: readonly string[]) => node.plane.kubectl(args);
  before(async () => {
    node = await startNode();
    namespace = await createNamespace(node.plane.api, "private");
    await createCredential(node, { namespace: "private", name: "testquay", server: "quay.io", user: "profile" });
  });
  after(() => node?.stop());

  test("by Helm serves a Pod of the moment after its rollout, which pulls, heals one from before, and is uninstalled", async () => {
    await namespace.create("apps/v1/deployments", deploymentOf("before-helm", "quay.io/profile/before", QUICK));
    const [before] = await namespace.waitForPods("app=before-helm", 1);
    await waitForReason(namespace, before?.metadata.name ?? "", BACKED_OFF);
    const { helm } = await findBinaries(["helm"]);
    const run = (...args: readonly string[]) => {
      const env = { ...process.env, KUBECONFIG: node.plane.adminKubeconfig, HOME: node.plane.directory };
      execFileSync(helm, [...args, "--namespace=pullring"], { env, stdio: ["ignore", "ignore", "inherit"] });
    };
    const chart = fileURLToPath(new URL("manifests/chart", repositoryRoot));
    run("install", "pullring", chart, "--create-namespace", "--set=healing=evict");
    await waitForRollout();
    await namespace.create("pods", podOf("by-helm", "quay.io/profile/image", QUICK));
    await waitWith(node, "private", "wait", "--for=condition=Ready", "pod/by-helm");
    await waitWith(node, "private", "rollout", "status", "deployment/before-helm");
    await namespace.remove("apps/v1/deployments", "before-helm");
    run("uninstall", "pullring");
    await removeNamespace();
    // Nothing of pullring is left that could have served it.
    await namespace.create("pods", podOf("after-helm", "quay.io/profile/other", QUICK));
    await waitForReason(namespace, "after-helm", BACKED_OFF);
  });

  test(`by install.yaml serves a Pod of the moment after its rollout, ${INSTALLATIONS} times`, async (context) => {
    const seconds = [];
    for (let round = 0; round < INSTALLATIONS; round++) {
      const start = performance.now();
      await kubectl("apply", "-f", INSTALL_YAML);
      await waitForRollout();
      const pod = await namespace.create("pods", podOf("at-once", "quay.io/profile/image"), "?dryRun=All");
      assert.deepEqual(pullSecretsOf(pod), ["testquay"], `round ${round}`);
      seconds.push(((performance.now() - start) / 1_000).toFixed(1));
      await kubectl("delete", "--ignore-not-found", "--wait=false", "-f", INSTALL_YAML);
      await removeNamespace();
    }
    context.diagnostic(`seconds from kubectl apply to the end of the rollout: ${seconds.join(", ")}`);
  });

  test(`with one replica serves a Pod of the moment after it is available, ${ROUNDS} times`, async () => {
    await kubectl("apply", "-f", INSTALL_YAML);
    for (let round = 0; round < ROUNDS; round++) {
      await kubectl("-n", "pullring", "scale", "deployment/pullring", "--replicas=0");
      await waitUntil("no replica", async () => {
        await kubectl("-n", "pullring", "delete", "pods", "--all", "--force", "--grace-period=0");
        const slices = await namespaceOf(node.plane.api, "pullring").list("discovery.k8s.io/v1/endpointslices");
        return slices.every(
          ({ endpoints }) => endpoints === undefined || endpoints === null || (endpoints as []).length === 0,
        );
      });
      await kubectl("-n", "pullring", "scale", "deployment/pullring", "--replicas=1");
      await waitForRollout();
      const pod = await namespace.create("pods", podOf("at-once", "quay.io/profile/image"), "?dryRun=All");
      assert.deepEqual(pullSecretsOf(pod), ["testquay"], `round ${round}`);
    }
  });

  /** What `kubectl rollout status` waits for, without the time that a command takes to say so. */
  async function waitForRollout(): Promise<void> {
    const path = "/apis/apps/v1/namespaces/pullring/deployments/pullring";
    await waitUntil("the rollout", async () => {
      const { metadata, spec, status } = await node.plane.api.expect<Deployment>("GET", path);
      return status.observedGeneration === metadata.generation && status.availableReplicas === spec.replicas;
    });
  }

  /** Deletes it without waiting for replicas to drain. */
  async function removeNamespace(): Promise<void> {
    await kubectl("delete", "namespace", "pullring", "--ignore-not-found", "--wait=false");
    await waitUntil("the end of namespace pullring", async () => {
      await kubectl("-n", "pullring", "delete", "pods", "--all", "--force", "--grace-period=0");
      return (await node.plane.api.request("GET", "/api/v1/namespaces/pullring")).status === 404;
    });
  }
});
