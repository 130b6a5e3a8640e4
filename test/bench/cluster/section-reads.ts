/** What Pods with public images, which no credential ever serves, make pullring read of the API server, and how long that takes. */
import type { BenchContext } from "../context.ts";
import { printTable } from "../table.ts";
import { countRequests, difference, readAdmissionTimes } from "./api-metrics.ts";
import { benchPod, createPods, metricName, type PlacedPod, registerWebhooks } from "./bench-webhooks.ts";
import { type LoadedCluster, SERVED_NAMESPACE, SERVED_REGISTRY } from "./loaded-cluster.ts";
import { startMeasured } from "./measured-pullring.ts";

const CLIENTS = 16;
const WEBHOOK = "reads";

/** Prints lists of a namespace's Secrets and reads of ServiceAccounts per Pod, and the latency beside that of served images. */
export async function benchReads(context: BenchContext): Promise<void> {
  const cluster = await context.cluster();
  const pullring = await startMeasured(cluster.plane, cluster.identity.kubeconfig, false);
  try {
    const { url, caFile } = pullring;
    await registerWebhooks(cluster.plane, [{ name: WEBHOOK, url, caFile }], async () => {
      return (await readAdmissionTimes(cluster.plane, metricName(WEBHOOK))).count > 0;
    });
    const count = context.brief ? 200 : 5000;
    const spread = Math.min(500, cluster.size.namespaces);
    const served = benchPod(WEBHOOK, `${SERVED_REGISTRY}/team/app:1`, SERVED_NAMESPACE);
    const inNamespace = (number: number): PlacedPod =>
      benchPod(WEBHOOK, "registry.k8s.io/pause:3.10", `ns-${number}`);
    await createPods(cluster.plane, { count, clients: CLIENTS, pod: () => served });
    const rows = [
      ["an image that is served, one namespace", () => served],
      ["a public image, one namespace", () => inNamespace(7)],
      [`a public image, ${spread} namespaces`, (number: number) => inNamespace(number % spread)],
    ] as const;
    const table: string[][] = [];
    for (const [what, pod] of rows) {
      table.push([what, ...(await measure(cluster, count, pod))]);
    }
    printTable(
      `Reads of the API server for ${count} Pods from ${CLIENTS} clients`,
      [
        "Pods with",
        "lists of Secrets per Pod",
        "GETs of ServiceAccounts per Pod",
        "mean in the webhook, ms",
        "p50, p99 at the client, ms",
        "Pods/s",
      ],
      table,
    );
  } finally {
    await pullring.stop();
  }
}

/** Nobody but pullring lists the Secrets of one namespace here. */
const NAMESPACE_LISTS = { resource: "secrets", verb: "LIST", scope: "namespace" } as const;
const ACCOUNT_GETS = { resource: "serviceaccounts", verb: "GET", scope: "resource" } as const;

async function measure(
  { plane }: LoadedCluster,
  count: number,
  pod: (number: number) => PlacedPod,
): Promise<readonly string[]> {
  const read = async () => ({
    lists: await countRequests(plane, NAMESPACE_LISTS),
    gets: await countRequests(plane, ACCOUNT_GETS),
    admission: await readAdmissionTimes(plane, metricName(WEBHOOK)),
  });
  const before = await read();
  const startedAt = performance.now();
  const times = (await createPods(plane, { count, clients: CLIENTS, pod })).toSorted((a, b) => a - b);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await read();
  const spent = difference(after.admission, before.admission);
  const quantile = (share: number): string => (times[Math.floor(share * times.length)] ?? 0).toFixed(1);
  return [
    ((after.lists - before.lists) / count).toFixed(3),
    ((after.gets - before.gets) / count).toFixed(3),
    ((1000 * spent.sum) / spent.count).toFixed(2),
    `${quantile(0.5)}, ${quantile(0.99)}`,
    (count / seconds).toFixed(0),
  ];
}
