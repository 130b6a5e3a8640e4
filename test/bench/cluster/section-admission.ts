/** The latency that pullring adds to the creation of a Pod by the API server's own account, beside a bare webhook. */
import { baselineCommands } from "../commands.ts";
import type { BenchContext } from "../context.ts";
import { printTable, show, summarise } from "../table.ts";
import { pin, startTarget, type Target } from "../target.ts";
import { type AdmissionTimes, difference, quantileMs, readAdmissionTimes } from "./api-metrics.ts";
import { type BenchWebhook, benchPod, createPods, metricName, registerWebhooks } from "./bench-webhooks.ts";
import { type LoadedCluster, SERVED_NAMESPACE, SERVED_REGISTRY } from "./loaded-cluster.ts";
import { startMeasured } from "./measured-pullring.ts";

/** So few that the core, which all processes share, is not what is measured. */
const CLIENTS = 2;

/** What pullring answers here, for a bare webhook that gives the same: to apply a patch takes the API server time as well. */
const PATCH = JSON.stringify([{ op: "add", path: "/spec/imagePullSecrets", value: [{ name: "served" }] }]);

/** Prints mean and p99 for injections, for Pods that need nothing, and for bare webhooks, and the ratios. */
export async function benchAdmission(context: BenchContext): Promise<void> {
  const cluster = await context.cluster();
  const pullring = await startMeasured(cluster.plane, cluster.identity.kubeconfig, false);
  // Where the targets are.
  pin(pullring.current().pid, 0);
  const bare: Target[] = [];
  try {
    for (const [name, ...patch] of [["bare"], ["bare with the patch", PATCH]] as const) {
      bare.push(await startBare(context, name, patch));
    }
    const { url, caFile } = pullring;
    const webhooks: readonly BenchWebhook[] = [
      { name: "inject", url, caFile },
      { name: "listed", url, caFile },
      ...bare.map(({ name, port }) => ({
        name: name.replaceAll(" ", "-"),
        url: `https://127.0.0.1:${port}/mutate`,
        caFile: context.certificate.ca,
      })),
    ];
    await registerWebhooks(cluster.plane, webhooks, async ({ name }) => {
      return (await readAdmissionTimes(cluster.plane, metricName(name))).count > 0;
    });
    printFigures(await measure(context, cluster, webhooks));
  } finally {
    await pullring.stop();
    await Promise.all(bare.map((target) => target.stop()));
  }
}

function startBare(context: BenchContext, name: string, patch: readonly string[]): Promise<Target> {
  const command = baselineCommands(context.certificate).find((baseline) => baseline.name === "bare-node");
  if (command === undefined) {
    throw new Error("no bare webhook to compare with");
  }
  return startTarget({ ...command, name, arguments: [...command.arguments, ...patch] });
}

interface Figures {
  readonly mean: number[];
  readonly p99: number[];
  readonly clientP99: number[];
}

async function measure(
  { brief }: BenchContext,
  { plane }: LoadedCluster,
  webhooks: readonly BenchWebhook[],
): Promise<ReadonlyMap<string, Figures>> {
  const figures = new Map<string, Figures>(
    webhooks.map(({ name }) => [name, { mean: [], p99: [], clientP99: [] }]),
  );
  const pod = (name: string) => () => {
    const made = benchPod(name, `${SERVED_REGISTRY}/team/app:1`, SERVED_NAMESPACE);
    return name === "listed" ? { ...made, object: withList(made.object, [{ name: "served" }]) } : made;
  };
  const [rounds, count] = brief ? [1, 100] : [9, 1000];
  // The first round warms both up and does not count.
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name } of webhooks) {
      const before = await readAdmissionTimes(plane, metricName(name));
      const times = await createPods(plane, { count, clients: CLIENTS, pod: pod(name) });
      const spent: AdmissionTimes = difference(await readAdmissionTimes(plane, metricName(name)), before);
      if (round > 0) {
        figures.get(name)?.mean.push((1000 * spent.sum) / spent.count);
        figures.get(name)?.p99.push(quantileMs(spent, 0.99));
        figures.get(name)?.clientP99.push(times.toSorted((a, b) => a - b)[Math.floor(0.99 * count)] ?? 0);
      }
    }
  }
  return figures;
}

function withList(object: object, imagePullSecrets: readonly object[]): object {
  const spec = "spec" in object ? (object.spec as object) : {};
  return { ...object, spec: { ...spec, imagePullSecrets } };
}

function printFigures(figures: ReadonlyMap<string, Figures>): void {
  const bare = figures.get("bare");
  const cell = (values: readonly number[], base: readonly number[] | undefined): string =>
    `${show(summarise(values), 2)}, ${(summarise(values).median / summarise(base ?? []).median).toFixed(2)} x`;
  printTable(
    "Latency added to the creation of a Pod, by the API server's own metric, ms",
    ["webhook", "mean", "p99 (estimated within 0-5-25 ms)", "p99 of the whole request at the client"],
    [...figures].map(([name, { mean, p99, clientP99 }]) => [
      name.startsWith("bare") ? name.replaceAll("-", " ") : `pullring, ${name}`,
      cell(mean, bare?.mean),
      cell(p99, bare?.p99),
      cell(clientP99, bare?.clientP99),
    ]),
  );
}
