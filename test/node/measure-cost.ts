/** What pullring takes on a node, by the control groups of its Pods, and how long the creation of a Pod takes with and without it. */
import { setTimeout as sleep } from "node:timers/promises";
import { createNamespace, type Namespace, namespaceOf } from "../e2e/webhook/namespace.ts";
import { podOf, pullSecretsOf } from "../e2e/webhook/objects.ts";
import { readPodUsage } from "./boot/control-groups.ts";
import type { RealNode } from "./boot/real-node.ts";
import { createCredential } from "./install/person.ts";

/** What was measured; milliseconds unless the name says otherwise. */
export interface Cost {
  /** Of each replica. */
  readonly memoryMiB: readonly number[];
  /** Of one replica while nothing happens, probes and watches included. */
  readonly coresAtRest: number;
  /** Of all replicas together, for each Pod. */
  readonly cpuPerPod: number;
  /** Time of each creation, as the client sees it. */
  readonly times: Readonly<Record<"without pullring" | "of a person" | "of a controller", readonly number[]>>;
}

const REST_MS = 10_000;
const PODS = 200;

/** Creates Pods one after another, in turns, as dry runs. */
export async function measureCost(node: RealNode): Promise<Cost> {
  const replicas = await namespaceOf(node.plane.api, "pullring").list("pods", "app.kubernetes.io/name=pullring");
  const usage = () => replicas.map(({ metadata }) => readPodUsage(metadata.uid));
  const cpuSeconds = () => usage().reduce((sum, pod) => sum + pod.cpuSeconds, 0);
  const served = await createNamespace(node.plane.api, "served");
  const alone = await createNamespace(node.plane.api, "alone", { labels: { "pullring.dev/inject": "false" } });
  for (const { name } of [served, alone]) {
    await createCredential(node, { namespace: name, name: "testquay", server: "quay.io", user: "profile" });
  }
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "1", controller: true };
  const pod = podOf("timed", "quay.io/profile/image") as { readonly metadata: object };
  const owned = { ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] } };
  const times = { "without pullring": [], "of a person": [], "of a controller": [] } as Record<
    keyof Cost["times"],
    number[]
  >;
  const begin = cpuSeconds();
  await sleep(REST_MS);
  const rest = cpuSeconds();
  for (let number = 0; number < PODS; number++) {
    times["without pullring"].push(await timeOf(alone, pod, ""));
    times["of a person"].push(await timeOf(served, pod, "testquay"));
    times["of a controller"].push(await timeOf(served, owned, "testquay"));
  }
  return {
    memoryMiB: usage().map(({ memoryMiB }) => memoryMiB),
    coresAtRest: (((rest - begin) / REST_MS) * 1_000) / replicas.length,
    cpuPerPod: ((cpuSeconds() - rest) / PODS / 2) * 1_000,
    times,
  };
}

/** @throws Error when the list of pull secrets is not `expected` */
async function timeOf(namespace: Namespace, pod: object, expected: string): Promise<number> {
  const start = performance.now();
  const stored = await namespace.create("pods", pod, "?dryRun=All");
  const time = performance.now() - start;
  const names = pullSecretsOf(stored).join();
  if (names !== expected) throw new Error(`a Pod in ${namespace.name} has "${names}" and not "${expected}"`);
  return time;
}

/** In the words of docs/performance.md, a line each. */
export function describeCost({ memoryMiB, coresAtRest, cpuPerPod, times }: Cost): readonly string[] {
  const describe = (list: readonly number[]): string => {
    const sorted = [...list].sort((one, other) => one - other);
    const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
    return `median ${at(0.5)} ms, p90 ${at(0.9)} ms`;
  };
  return [
    `memory of the replicas: ${memoryMiB.map((value) => value.toFixed(0)).join(" and ")} MiB`,
    `at rest ${coresAtRest.toFixed(4)} cores each; for a Pod ${cpuPerPod.toFixed(2)} ms of CPU`,
    ...Object.entries(times).map(([title, list]) => `creation of a Pod ${title}: ${describe(list)}`),
  ];
}
