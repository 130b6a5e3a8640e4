/** What the controller takes while many Pods wait for an image and no credential would help them. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient, KubeObject } from "../e2e/control-plane/api-client.ts";
import { IMAGE, letWait } from "../e2e/healing/waiting-pods.ts";
import { runClients } from "../e2e/webhook/clients.ts";
import { createControllerIdentity, startController } from "../e2e/webhook/controller-process.ts";
import { startInstalledPlane } from "../e2e/webhook/installed-plane.ts";
import { createNamespace } from "../e2e/webhook/namespace.ts";
import { credentialOf, deploymentOf } from "../e2e/webhook/objects.ts";
import { waitUntil } from "../wait-until.ts";
import type { BenchContext } from "./cluster.ts";
import { printTable } from "./report.ts";
import { cpuMicrosecondsOf, imageFlags, pin, residentMebibytesOf } from "./targets.ts";

const CLIENTS = 16;
/**
 * A kubelet tries again after 5 minutes at most, and each try changes the reason twice.
 * @see kubernetes pkg/kubelet/kubelet.go maxImagePullBackOff
 */
const SECONDS_BETWEEN_CHANGES = 150;

async function countEvents(api: ApiClient): Promise<number> {
  const path = "/api/v1/events?fieldSelector=reason%3DLeftWithoutPullSecret";
  return (await api.expect<{ items: readonly unknown[] }>("GET", path)).items.length;
}

/** Prints its share of a core over a minute, its memory, and that it evicted nothing. */
export async function benchHealing({ brief, budget }: BenchContext): Promise<void> {
  const [namespaces, perNamespace, seconds] = brief ? [4, 25, 5] : [100, 50, 60];
  const count = namespaces * perNamespace;
  const { plane } = await startInstalledPlane();
  try {
    const kubeconfig = await createControllerIdentity(plane);
    const pods: KubeObject[] = [];
    await runClients({ count: namespaces, clients: CLIENTS }, async (number) => {
      const namespace = await createNamespace(plane.api, `stuck-${number}`);
      await namespace.create("secrets", credentialOf("other", "elsewhere.example"));
      const deployment = deploymentOf("web", IMAGE) as { readonly spec: object };
      await namespace.create("apps/v1/deployments", {
        ...deployment,
        spec: { ...deployment.spec, replicas: perNamespace },
      });
      pods.push(...(await namespace.waitForPods("app=web", perNamespace)));
    });
    const flip = async (number: number): Promise<void> => {
      const reason = Math.floor(number / count) % 2 === 0 ? "ErrImagePull" : "ImagePullBackOff";
      const pod = pods[number % count];
      if (pod !== undefined) await letWait(plane.api, pod, reason);
    };
    await runClients({ count, clients: CLIENTS }, flip);

    const controller = await startController(plane, {
      kubeconfig,
      flags: ["--heal", "--log-level=info"],
      nodeFlags: imageFlags(),
    });
    const { pid } = controller.process;
    pin(pid, 0);
    const metric = async (pattern: RegExp): Promise<number> =>
      Number(pattern.exec((await controller.admin("/metrics")).text)?.[1] ?? 0);
    await waitUntil(
      "a verdict on each Pod",
      async () => (await metric(/^pullring_waiting_pods\{verdict="no-credential"\} (.*)$/m)) === count,
      { timeoutMs: 600_000, intervalMs: 1_000 },
    );
    // Each Pod is told of once, 20 a second.
    await waitUntil("an Event about each Pod", async () => (await countEvents(plane.api)) >= count, {
      timeoutMs: 600_000,
      intervalMs: brief ? 500 : 10_000,
    });
    await sleep(brief ? 0 : 20_000);

    const before = cpuMicrosecondsOf(pid);
    const start = performance.now();
    const changes = Math.ceil((count * seconds) / SECONDS_BETWEEN_CHANGES);
    for (let change = 0; change < changes; change += 1) {
      await sleep(Math.max(0, start + (change / changes) * seconds * 1_000 - performance.now()));
      await flip(count + change);
    }
    await sleep(Math.max(0, start + seconds * 1_000 - performance.now()));
    const cores = (cpuMicrosecondsOf(pid) - before) / 1_000 / (performance.now() - start);
    const resident = residentMebibytesOf(pid);
    const evictions = await metric(/^pullring_eviction_delay_seconds_count (.*)$/m);
    printTable(
      `${count} Pods that no credential helps, ${changes} changes of their reason in ${seconds} s`,
      ["what", "measured"],
      [
        ["cores", cores.toFixed(3)],
        ["resident, MiB", resident.toFixed(0)],
        ["evictions", String(evictions)],
      ],
    );
    budget.check("cores of the controller, Pods that nothing helps", cores, 0.05, "");
    budget.check("resident, controller", resident, 120, " MiB");
    budget.check("evictions of Pods that nothing helps", evictions, 0, "");
  } finally {
    await plane.stop();
  }
}
