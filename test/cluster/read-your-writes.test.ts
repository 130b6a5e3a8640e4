/** Rule 11: what the API server has acknowledged before a request is seen by it, however late the watch is. */
import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import type { ControlPlane } from "./control-plane/control-plane.ts";
import { waitUntil } from "./control-plane/wait-until.ts";
import { startInstalledPlane } from "./webhook/installed-plane.ts";
import { createNamespace } from "./webhook/namespace.ts";
import { credentialOf, deploymentOf, podOf, pullSecretsOf } from "./webhook/objects.ts";
import { createKnown, waitForRemoval, wouldGet } from "./webhook/settled.ts";
import { startWatchProxy, type WatchProxy } from "./webhook/watch-proxy.ts";
import { createPairs } from "./webhook/write-pairs.ts";

const PAIRS = { count: 2_000, clients: 16 };
const ROUNDS = 200;
const CHANGES = 100;

describe("right after a write", () => {
  let plane: ControlPlane;
  let proxy: WatchProxy;
  before(async () => {
    const between = async (started: ControlPlane): Promise<WatchProxy> => {
      proxy = await startWatchProxy(started);
      return proxy;
    };
    ({ plane } = await startInstalledPlane({ between }));
  });
  after(async () => {
    proxy?.close();
    await plane?.stop();
  });

  test("2,000 Pods name the credentials created right before them", async (context) => {
    const lost = await createPairs(plane.api, "pairs", PAIRS);
    tell(context, "pairs of a credential and a Pod, 16 clients", PAIRS.count, lost.length);
    assert.deepEqual(lost, []);
  });

  test("a template and a Pod have the pull secrets of the ServiceAccount created right before", async (context) => {
    const namespace = await createNamespace(plane.api, "accounts");
    await namespace.create("secrets", credentialOf("needed", "quay.io"));
    const wrong: string[] = [];
    for (let number = 0; number < ROUNDS; number++) {
      const name = `account-${number}`;
      const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } };
      await namespace.create("serviceaccounts", { ...account, imagePullSecrets: [{ name: "given" }] });
      const spec = { serviceAccountName: name };
      const deployment = deploymentOf(name, "quay.io/acme/web", spec);
      const pod = podOf(name, "quay.io/acme/web", spec);
      const stored = [
        await namespace.create("apps/v1/deployments", deployment),
        await namespace.create("pods", pod),
      ];
      wrong.push(
        ...stored.map((object) => pullSecretsOf(object).join()).filter((names) => names !== "given,needed"),
      );
    }
    tell(context, "Pods and templates after a new ServiceAccount", 2 * ROUNDS, wrong.length);
    assert.deepEqual(wrong, []);
  });

  // Such a template may be a watch event behind; its Pods are completed when they are made.
  test("the Pods of a template have the pull secrets that their ServiceAccount got right before", async (context) => {
    const namespace = await createNamespace(plane.api, "changed");
    await namespace.create("secrets", credentialOf("needed", "quay.io"));
    let lateTemplates = 0;
    for (let number = 0; number < CHANGES; number++) {
      const name = `account-${number}`;
      const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } };
      await namespace.create("serviceaccounts", account);
      await namespace.patch("serviceaccounts", name, { imagePullSecrets: [{ name: "given" }] });
      const deployment = deploymentOf(name, "quay.io/acme/web", { serviceAccountName: name });
      const stored = await namespace.create("apps/v1/deployments", deployment);
      if (pullSecretsOf(stored).join() !== "given,needed") lateTemplates += 1;
    }
    const pods = await waitUntil("all Pods", async () => {
      const found = await namespace.list("pods");
      return found.length >= CHANGES && found;
    });
    const wrong = pods
      .map((pod) => pullSecretsOf(pod).toSorted().join())
      .filter((names) => names !== "given,needed");
    tell(context, "Pods of templates after a changed ServiceAccount", pods.length, wrong.length);
    context.diagnostic(`templates that were a watch event behind: ${lateTemplates} of ${CHANGES}`);
    assert.deepEqual(wrong, []);
  });

  test("2,000 Pods name the credentials created right before them while all watches are stalled", async (context) => {
    const namespace = await createNamespace(plane.api, "stalled");
    await createKnown(namespace, "gone");
    proxy.stallWatches();
    await namespace.remove("secrets", "gone");
    const lost = await createPairs(plane.api, "stalled-pairs", PAIRS);
    tell(context, "pairs while all watches were stalled, 16 clients", PAIRS.count, lost.length);
    assert.deepEqual(lost, []);
    // That the watch told nothing is what makes this a test: a credential that is gone is still in force.
    assert.deepEqual(await wouldGet(namespace, "gone.example/app"), ["gone"]);
    proxy.resumeWatches();
    await waitForRemoval(namespace, "gone");
  });
});

function tell(context: TestContext, what: string, count: number, lost: number): void {
  context.diagnostic(`${what}: ${count}, lost injections: ${lost}`);
}
