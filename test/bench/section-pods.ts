/** Stored Pods: how many a second, what pullring reads of the API server for them, and whether it sees what was just written. */
import { configureWebhook } from "../e2e/webhook/install.ts";
import { credentialOf } from "../e2e/webhook/objects.ts";
import { type BenchContext, countSecretLists, type LoadedCluster, readMetric, startMeasured } from "./cluster.ts";
import { printTable } from "./report.ts";
import { COLUMNS, compareInTurns, createAlone, type Order, PUBLIC, rowOf, storePods } from "./stored-pods.ts";
import { residentMebibytesOf } from "./targets.ts";

const WORKERS = 16;
const ADMISSION = "apiserver_admission_webhook_admission_duration_seconds";

/** Prints what Pods of all kinds take, and controllers' Pods beside those of namespaces that are left alone. */
export async function benchPods(context: BenchContext): Promise<void> {
  const cluster = await context.cluster();
  const { plane, identity } = cluster;
  const pullring = await startMeasured(plane, identity.kubeconfig, context.node);
  try {
    await configureWebhook(plane, pullring);
    await benchKinds(context, cluster, () => residentMebibytesOf(pullring.current().pid));
    await benchAgainstAlone(context, cluster);
  } finally {
    await pullring.current().end("SIGKILL");
  }
}

/** Prints a row for images that are served, public ones, and ones whose credential was written right before. */
async function benchKinds(context: BenchContext, cluster: LoadedCluster, resident: () => number): Promise<void> {
  const { plane } = cluster;
  const count = context.brief ? 200 : 2000;
  const spread = Math.min(500, cluster.namespaces);
  const written =
    (key: string, method: string) =>
    async (number: number): Promise<Order> => {
      const [namespace, name, registry] = [`ns-${number % spread}`, `own-${number}`, `${key}-${number}.example.com`];
      const path = `/api/v1/namespaces/${namespace}/secrets${method === "PUT" ? `/${name}` : ""}`;
      await plane.api.expect(method, path, credentialOf(name, registry));
      return { namespace, image: `${registry}/app:1`, expected: [name] };
    };
  const served = { image: "registry-1.corp.example.com/app:1", expected: ["project-registry-1"] };
  const open = { image: PUBLIC };
  const kinds: readonly (readonly [string, (number: number) => Order | Promise<Order>])[] = [
    ["an image that is served, one namespace", () => ({ namespace: "ns-7", ...served })],
    [`an image that is served, ${spread} namespaces`, (n) => ({ namespace: `ns-${n % spread}`, ...served })],
    ["a public image, one namespace", () => ({ namespace: "ns-7", ...open })],
    [`a public image, ${spread} namespaces`, (n) => ({ namespace: `ns-${n % spread}`, ...open })],
    [`a credential made right before, ${spread} namespaces`, written("made", "POST")],
    [`a credential changed right before, ${spread} namespaces`, written("changed", "PUT")],
  ];
  const rows: (readonly string[])[] = [];
  let missing = 0;
  for (const [kind, orderOf] of kinds) {
    const read = async (): Promise<readonly number[]> => [
      await countSecretLists(plane, "namespace"),
      await readMetric(plane, `${ADMISSION}_sum`),
      await readMetric(plane, `${ADMISSION}_count`),
    ];
    const before = await read();
    const { podsPerSecond, wrong } = await storePods(plane, { count, clients: WORKERS }, orderOf);
    const [lists = 0, sum = 0, calls = 0] = (await read()).map((figure, index) => figure - (before[index] ?? 0));
    const webhookMs = ((1000 * sum) / calls).toFixed(2);
    rows.push([kind, podsPerSecond.toFixed(0), webhookMs, (lists / count).toFixed(3), String(wrong)]);
    missing += wrong;
  }
  printTable(
    `${count} stored Pods of each kind from ${WORKERS} clients; ${resident().toFixed(0)} MiB resident at the end`,
    ["Pods without a controller, with", "Pods/s", "mean in the webhook, ms", "lists of Secrets per Pod", "wrong"],
    rows,
  );
  context.budget.check("Pods without what was written before", missing, 0, "");
}

/** Prints rows for Pods of controllers with a public image, which wait for nothing. */
async function benchAgainstAlone({ brief, budget }: BenchContext, { plane, namespaces }: LoadedCluster): Promise<void> {
  const spread = Math.min(500, namespaces);
  await createAlone(plane, spread);
  const [rounds, count] = brief ? [1, 200] : [5, 1000];
  const compare = (clients: number, over: number, pods: number) =>
    compareInTurns(rounds, (isServed) =>
      storePods(plane, { count: pods, clients }, (number) => ({
        namespace: `${isServed ? "ns" : "alone"}-${number % over}`,
        image: PUBLIC,
        hasController: true,
      })),
    );
  const single = await compare(1, 1, count / 5);
  const one = await compare(WORKERS, 1, count);
  const many = await compare(WORKERS, spread, count);
  printTable("Pods of controllers with a public image", COLUMNS, [
    rowOf("one after the other", single),
    rowOf(`${WORKERS} clients, one namespace`, one),
    rowOf(`${WORKERS} clients, ${spread} namespaces`, many),
  ]);
  const delayMs = single.served.medianMs - single.alone.medianMs;
  budget.check("a controller's Pod, beyond one in a namespace left alone", delayMs, 10, " ms");
  budget.check(
    `controllers' Pods from ${WORKERS} clients, one namespace, against left alone`,
    one.slowdown,
    1.25,
    " x",
  );
  budget.check(`the same, ${spread} namespaces`, many.slowdown, 1.25, " x");
}
