/** What happens to pullring on a real node in the course of its life: rollouts, losses and a drain. */
import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createNamespace, namespaceOf } from "../e2e/webhook/namespace.ts";
import { deploymentOf, pullSecretsOf } from "../e2e/webhook/objects.ts";
import { describeLoad, type LoadResult, startPodLoad } from "../e2e/webhook/pod-load.ts";
import { waitUntil } from "../wait-until.ts";
import { NODE_NAME } from "./boot/node-address.ts";
import { type RealNode, startNode } from "./boot/real-node.ts";
import { createCredential, installPullring, waitForRollout, waitWith } from "./install/person.ts";
import { processesOf } from "./process-list.ts";

/** What is stored counts; a node has room for 110 Pods. */
const NEVER_SCHEDULED = { schedulingGates: [{ name: "pullring.dev/test" }] };

interface PodStatus {
  readonly containerStatuses?: readonly { readonly ready: boolean; readonly restartCount: number }[];
}

describe("pullring on a real node", () => {
  let node: RealNode;
  const kubectl = (...args: readonly string[]) => node.plane.kubectl(args);
  const replicas = () => namespaceOf(node.plane.api, "pullring").list("pods", "app.kubernetes.io/name=pullring");
  before(async () => {
    node = await startNode();
    await installPullring(node);
  });
  after(() => node?.stop());

  test("loses nothing while a rollout replaces it", async (context) => {
    const result = await underPods(context, "restarted", async () => {
      await kubectl("-n", "pullring", "rollout", "restart", "deployment/pullring");
      await waitForRollout(node);
      await waitUntil("two Pods", async () => (await replicas()).length === 2);
    });
    assert.deepEqual(result, { lost: 0, refused: 0, unanswered: [] });
  });

  test("loses nothing while one replica is deleted", async (context) => {
    const result = await underPods(context, "deleted", async () => {
      const [pod] = await replicas();
      await kubectl("-n", "pullring", "delete", "pod", pod?.metadata.name ?? "");
      await waitForRollout(node);
    });
    assert.deepEqual(result, { lost: 0, refused: 0, unanswered: [] });
  });

  test("refuses nothing while one replica is killed, and injects again in the end", async (context) => {
    const result = await underPods(context, "killed", async () => {
      const [pid] = processesOf("/app/pullring.cjs");
      assert.ok(pid);
      process.kill(pid, "SIGKILL");
      await waitUntil("a container that was started again and is ready", async () => {
        const states = (await replicas()).flatMap(({ status }) => (status as PodStatus).containerStatuses ?? []);
        return states.some(({ restartCount }) => restartCount > 0) && states.every(({ ready }) => ready);
      });
    });
    assert.deepEqual([result.refused, result.unanswered], [0, []]);
    const later = await underPods(context, "after-killed", () => sleep(2_000));
    assert.equal(later.lost, 0);
  });

  /** Creates Pods all the time while `act` goes on. */
  async function underPods(
    context: TestContext,
    name: string,
    act: () => Promise<void>,
  ): Promise<Omit<LoadResult, "stored">> {
    const load = await startPodLoad(node.plane.api, name, NEVER_SCHEDULED);
    await act();
    const result = await load.stop();
    context.diagnostic(describeLoad(name, result));
    const { stored, ...losses } = result;
    assert.ok(stored > 0);
    return losses;
  }

  test("lets its node be drained as the documents say, and serves again after uncordon", async () => {
    const namespace = await createNamespace(node.plane.api, "drained");
    await createCredential(node, { namespace: "drained", name: "testquay", server: "quay.io", user: "profile" });
    const web = deploymentOf("web", "quay.io/profile/web", { terminationGracePeriodSeconds: 0 });
    await namespace.create("apps/v1/deployments", web);
    await waitWith(node, "drained", "rollout", "status", "deployment/web");
    const drain = ["drain", NODE_NAME, "--force", "--ignore-daemonsets"];
    await assert.rejects(kubectl(...drain, "--timeout=6s"), /violate the pod's disruption budget/);
    await kubectl("-n", "pullring", "delete", "poddisruptionbudget", "pullring");
    await kubectl(...drain, "--timeout=55s");
    assert.deepEqual(processesOf("/app/pullring.cjs"), []);
    await kubectl("uncordon", NODE_NAME);
    await installPullring(node);
    await waitWith(node, "drained", "rollout", "status", "deployment/web");
    const pods = await namespace.list("pods", "app=web");
    assert.deepEqual(pods.map(pullSecretsOf), [["testquay"]]);
  });
});
