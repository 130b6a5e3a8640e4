/** Stored Pods: how many a second, what pullring reads of the API server for them, and whether it sees what was just written. */
import { runClients } from "../e2e/webhook/clients.ts";
import { configureWebhook } from "../e2e/webhook/install.ts";
import { credentialOf, podOf, pullSecretsOf } from "../e2e/webhook/objects.ts";
import { type BenchContext, countSecretLists, type LoadedCluster, readMetric, startMeasured } from "./cluster.ts";
import { printTable } from "./report.ts";
import { residentMebibytesOf } from "./targets.ts";

const WORKERS = 16;
const ADMISSION = "apiserver_admission_webhook_admission_duration_seconds";

/** A Pod, and the name that its list has to hold; undefined: none is to be added. */
interface Order {
  readonly namespace: string;
  readonly image: string;
  readonly expected?: string;
}

/** Prints a row for images that are served, public ones, and ones whose credential was written right before. */
export async function benchPods(context: BenchContext): Promise<void> {
  const cluster = await context.cluster();
  const { plane, identity } = cluster;
  const pullring = await startMeasured(plane, identity.kubeconfig, context.node);
  try {
    await configureWebhook(plane, pullring);
    const count = context.brief ? 200 : 5000;
    const spread = Math.min(500, cluster.namespaces);
    const written =
      (key: string, method: string) =>
      async (number: number): Promise<Order> => {
        const [namespace, name, registry] = [`ns-${number % spread}`, `own-${number}`, `${key}-${number}.example.com`];
        const path = `/api/v1/namespaces/${namespace}/secrets${method === "PUT" ? `/${name}` : ""}`;
        await plane.api.expect(method, path, credentialOf(name, registry));
        return { namespace, image: `${registry}/app:1`, expected: name };
      };
    const served = { image: "registry-1.corp.example.com/app:1", expected: "project-registry-1" };
    const open = { image: "registry.k8s.io/pause:3.10" };
    const scenes: readonly (readonly [string, (number: number) => Order | Promise<Order>])[] = [
      ["an image that is served, one namespace", () => ({ namespace: "ns-7", ...served })],
      [`an image that is served, ${spread} namespaces`, (n) => ({ namespace: `ns-${n % spread}`, ...served })],
      ["a public image, one namespace", () => ({ namespace: "ns-7", ...open })],
      [`a public image, ${spread} namespaces`, (n) => ({ namespace: `ns-${n % spread}`, ...open })],
      [`a credential made right before, ${spread} namespaces`, written("made", "POST")],
      [`a credential changed right before, ${spread} namespaces`, written("changed", "PUT")],
    ];
    const rows: (readonly string[])[] = [];
    let missing = 0;
    for (const [scene, orderOf] of scenes) {
      const { figures, wrong } = await createPods(cluster, count, orderOf);
      rows.push([scene, ...figures, String(wrong)]);
      missing += wrong;
    }
    const resident = residentMebibytesOf(pullring.current().pid).toFixed(0);
    printTable(
      `${count} stored Pods of each kind from ${WORKERS} clients; ${resident} MiB resident at the end`,
      ["Pods with", "Pods/s", "mean in the webhook, ms", "lists of Secrets per Pod", "wrong"],
      rows,
    );
    context.budget.check("Pods without what was written before", missing, 0, "");
  } finally {
    await pullring.current().end("SIGKILL");
  }
}

/** The figures: Pods a second, milliseconds in the webhook, lists for each Pod. */
async function createPods(
  { plane }: LoadedCluster,
  count: number,
  orderOf: (number: number) => Order | Promise<Order>,
): Promise<{ readonly figures: readonly string[]; readonly wrong: number }> {
  const read = async (): Promise<readonly number[]> => [
    await countSecretLists(plane, "namespace"),
    await readMetric(plane, `${ADMISSION}_sum`),
    await readMetric(plane, `${ADMISSION}_count`),
  ];
  const before = await read();
  const startedAt = performance.now();
  let wrong = 0;
  await runClients({ count, clients: WORKERS }, async (number) => {
    const { namespace, image, expected } = await orderOf(number);
    const pod = podOf(`pod-${startedAt.toFixed(0)}-${number}`, image);
    const names = pullSecretsOf(await plane.api.expect("POST", `/api/v1/namespaces/${namespace}/pods`, pod));
    if (names.join() !== (expected ?? "")) wrong++;
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const [lists = 0, sum = 0, calls = 0] = (await read()).map((figure, index) => figure - (before[index] ?? 0));
  const webhookMs = (1000 * sum) / calls;
  return { figures: [(count / seconds).toFixed(0), webhookMs.toFixed(2), (lists / count).toFixed(3)], wrong };
}
