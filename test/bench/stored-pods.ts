/** Creates Pods, stores them, and measures that: with pullring and in namespaces that are left alone, in turns. */
import type { ControlPlane } from "../e2e/control-plane/control-plane.ts";
import { runClients } from "../e2e/webhook/clients.ts";
import { createNamespace } from "../e2e/webhook/namespace.ts";
import { podOf, pullSecretsOf } from "../e2e/webhook/objects.ts";
import { median } from "./report.ts";
import { cpuMicrosecondsOf } from "./targets.ts";

/** A public image: nothing is added for it. */
export const PUBLIC = "registry.k8s.io/pause:3.10";

/** A Pod to create. */
export interface Order {
  readonly namespace: string;
  readonly image: string;
  /** The names that its list has to hold; default: none. */
  readonly expected?: readonly string[];
  readonly hasController?: boolean;
}

/** How many Pods, from how many clients. */
export interface Load {
  readonly count: number;
  readonly clients: number;
  /** Bearer token of the clients; default: the administrator's. */
  readonly token?: string;
}

/** What a batch of Pods took. */
export interface Batch {
  readonly podsPerSecond: number;
  /** Median of the times of the requests. */
  readonly medianMs: number;
  /** CPU of the API server for each. */
  readonly apiServerMs: number;
  /** Pods whose list is another than was to be expected. */
  readonly wrong: number;
}

/** A ReplicaSet that is not there; nothing in the control plane of a benchmark looks for it. */
const OWNER = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "1", controller: true };

let batches = 0;

/** Creates and stores Pods. */
export async function storePods(
  plane: ControlPlane,
  { count, clients, token }: Load,
  orderOf: (number: number) => Order | Promise<Order>,
): Promise<Batch> {
  const prefix = `pod-${batches++}`;
  const { pid } = plane.processes().apiServer;
  const options = token === undefined ? {} : { token };
  const times: number[] = [];
  let wrong = 0;
  const [startedAt, cpuBefore] = [performance.now(), cpuMicrosecondsOf(pid)];
  await runClients({ count, clients }, async (number) => {
    const { namespace, image, expected = [], hasController } = await orderOf(number);
    const { spec } = podOf("", image) as { readonly spec: object };
    const metadata = { name: `${prefix}-${number}`, ...(hasController && { ownerReferences: [OWNER] }) };
    const before = performance.now();
    const pod = await plane.api.expect("POST", `/api/v1/namespaces/${namespace}/pods`, { metadata, spec }, options);
    times.push(performance.now() - before);
    if (pullSecretsOf(pod).join() !== expected.join()) wrong++;
  });
  return {
    podsPerSecond: (1000 * count) / (performance.now() - startedAt),
    medianMs: median(times),
    apiServerMs: (cpuMicrosecondsOf(pid) - cpuBefore) / 1000 / count,
    wrong,
  };
}

/** Both sides of a comparison, the medians of some rounds. */
export interface Comparison {
  readonly served: Batch;
  readonly alone: Batch;
  /** Median of the rounds' ratios: how many Pods are stored while one is stored in a namespace that is served. */
  readonly slowdown: number;
}

/** Measures namespaces that pullring serves and ones that are left alone in turns, so that noise falls on both alike. */
export async function compareInTurns(
  rounds: number,
  measure: (isServed: boolean) => Promise<Batch>,
): Promise<Comparison> {
  const pairs: { readonly served: Batch; readonly alone: Batch }[] = [];
  for (let round = 0; round < rounds; round++) {
    pairs.push({ alone: await measure(false), served: await measure(true) });
  }
  const middle = (side: "served" | "alone"): Batch => ({
    podsPerSecond: median(pairs.map((pair) => pair[side].podsPerSecond)),
    medianMs: median(pairs.map((pair) => pair[side].medianMs)),
    apiServerMs: median(pairs.map((pair) => pair[side].apiServerMs)),
    wrong: pairs.reduce((sum, pair) => sum + pair[side].wrong, 0),
  });
  const slowdown = median(pairs.map(({ served, alone }) => alone.podsPerSecond / served.podsPerSecond));
  return { served: middle("served"), alone: middle("alone"), slowdown };
}

/** Creates namespaces `NAME-<number>` that pullring leaves alone. @param labels further labels of each */
export async function createAlone(plane: ControlPlane, count: number, name = "alone", labels = {}): Promise<void> {
  await runClients({ count, clients: 16 }, async (number) => {
    await createNamespace(plane.api, `${name}-${number}`, { labels: { ...labels, "pullring.dev/inject": "false" } });
  });
}

/** A row of a table: the rates and times of both sides. */
export function rowOf(what: string, { served, alone, slowdown }: Comparison): readonly string[] {
  const pair = (figure: (batch: Batch) => number, digits: number): string =>
    `${figure(served).toFixed(digits)} / ${figure(alone).toFixed(digits)}`;
  return [
    what,
    pair(({ podsPerSecond }) => podsPerSecond, 0),
    `${slowdown.toFixed(2)} x`,
    pair(({ medianMs }) => medianMs, 1),
    pair(({ apiServerMs }) => apiServerMs, 2),
  ];
}

/** @see rowOf */
export const COLUMNS: readonly string[] = [
  "served / left alone",
  "Pods/s",
  "slowdown",
  "median, ms",
  "API server's CPU a Pod, ms",
];
