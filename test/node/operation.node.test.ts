/** What happens to pullring on a real node in the course of its life: rollouts, losses, a drain, and what it costs all the while. */
import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createNamespace, namespaceOf } from "../e2e/webhook/namespace.ts";
import { deploymentOf, podOf, pullSecretsOf } from "../e2e/webhook/objects.ts";
import { describeLoad, type LoadResult, startPodLoad } from "../e2e/webhook/pod-load.ts";
import { waitUntil } from "../wait-until.ts";
import { readPodUsage } from "./boot/control-groups.ts";
import { NODE_NAME } from "./boot/node-address.ts";
import { type RealNode, startNode } from "./boot/real-node.ts";
import { createCredential, installPullring, waitForRollout, waitWith } from "./install/person.ts";
import { processesOf } from "./process-list.ts";

/** What is stored counts; a node has room for 110 Pods. */
const NEVER_SCHEDULED = { schedulingGates: [{ name: "pullring.dev/test" }] };

describe("pullring on a real node", () => {
  let node: RealNode;
  const kubectl = (...args: readonly string[]) => node.plane.kubectl(args);
  const replicas = () => namespaceOf(node.plane.api, "pullring").list("pods", "app.kubernetes.io/name=pullring");
  before(async () => {
    node = await startNode();
    await installPullring(node);
  });
  after(() => node?.stop());

  test("at rest and at work it takes what the documents say", async (context) => {
    const pods = await replicas();
    assert.equal(pods.length, 2);
    const before = pods.map(({ metadata }) => readPodUsage(metadata.uid));
    await sleep(10_000);
    const rest = pods.map(({ metadata }) => readPodUsage(metadata.uid));
    const { served, alone } = await measureLatency();
    const work = pods.map(({ metadata }) => readPodUsage(metadata.uid));
    const spent = (from: typeof before, to: typeof before): number =>
      to.reduce((sum, { cpuSeconds }, index) => sum + cpuSeconds - (from[index]?.cpuSeconds ?? 0), 0);
    const memory = work.map(({ memoryMiB }) => memoryMiB);
    const mib = memory.map((value) => value.toFixed(0)).join(" and ");
    context.diagnostic(
      `memory of the replicas: ${mib} MiB; at rest ${(spent(before, rest) / 10 / 2).toFixed(4)} cores each`,
    );
    context.diagnostic(`CPU of a Pod: ${((spent(rest, work) / LATENCY_PODS) * 1_000).toFixed(2)} ms`);
    context.diagnostic(`Pods with and without pullring: ${describeTimes(served)}; ${describeTimes(alone)}`);
    assert.ok(memory.every((value) => value > 20 && value < 110));
  });

  /** Times of single creations, in turns, in a namespace that is served and in one that is not. */
  async function measureLatency() {
    const served = await createNamespace(node.plane.api, "served");
    const alone = await createNamespace(node.plane.api, "alone", { labels: { "pullring.dev/inject": "false" } });
    for (const { name } of [served, alone]) {
      await createCredential(node, { namespace: name, name: "testquay", server: "quay.io", user: "profile" });
    }
    const times: { served: number[]; alone: number[] } = { served: [], alone: [] };
    for (let number = 0; number < LATENCY_PODS; number++) {
      for (const [namespace, list] of [[served, times.served] as const, [alone, times.alone] as const]) {
        const start = performance.now();
        const pod = await namespace.create("pods", podOf("timed", "quay.io/profile/image"), "?dryRun=All");
        list.push(performance.now() - start);
        assert.deepEqual(pullSecretsOf(pod), namespace === served ? ["testquay"] : []);
      }
    }
    return times;
  }

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
      await waitForRollout(node);
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

const LATENCY_PODS = 200;

/** Milliseconds. */
function describeTimes(times: readonly number[]): string {
  const sorted = [...times].sort((one, other) => one - other);
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  return `median ${at(0.5)} ms, p90 ${at(0.9)} ms`;
}
