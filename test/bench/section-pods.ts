/** Stored Pods: how many a second, what pullring reads of the API server for them, and whether it sees what was just written. */
import { fileURLToPath } from "node:url";
import { apply, configureWebhook } from "../e2e/webhook/install.ts";
import { credentialOf } from "../e2e/webhook/objects.ts";
import { type BenchContext, countSecretLists, type LoadedCluster, readMetric, startMeasured } from "./cluster.ts";
import { printTable } from "./report.ts";
import { COLUMNS, compareInTurns, createAlone, type Order, PUBLIC, rowOf, storePods } from "./stored-pods.ts";
import { residentMebibytesOf, withTargets } from "./targets.ts";

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

const BARE_WEBHOOK = fileURLToPath(new URL("./bare-webhook.cjs", import.meta.url));
/** Label of the namespaces that the webhook which only answers serves. */
const BARE = { "bench.example.com/webhook": "bare" };

/**
 * Prints rows for Pods of controllers with a public image, which wait for nothing; and for the same with a webhook that only answers
 * in place of pullring.
 */
async function benchAgainstAlone(context: BenchContext, { plane, namespaces }: LoadedCluster): Promise<void> {
  const { brief, budget, directory, certificate } = context;
  const spread = Math.min(500, namespaces);
  await createAlone(plane, spread);
  await createAlone(plane, spread, "bare", BARE);
  const [rounds, count] = brief ? [1, 200] : [5, 1000];
  const compare = (served: "ns" | "bare", clients: number, over: number, pods: number) =>
    compareInTurns(rounds, (isServed) =>
      storePods(plane, { count: pods, clients }, (number) => ({
        namespace: `${isServed ? served : "alone"}-${number % over}`,
        image: PUBLIC,
        hasController: true,
      })),
    );
  const rowsOf = async (served: "ns" | "bare") => ({
    single: await compare(served, 1, 1, count / 5),
    one: await compare(served, WORKERS, 1, count),
    many: await compare(served, WORKERS, spread, count),
  });
  const print = (what: string, { single, one, many }: Awaited<ReturnType<typeof rowsOf>>): void =>
    printTable(what, COLUMNS, [
      rowOf("one after the other", single),
      rowOf(`${WORKERS} clients, one namespace`, one),
      rowOf(`${WORKERS} clients, ${spread} namespaces`, many),
    ]);
  const pullring = await rowsOf("ns");
  print("Pods of controllers with a public image", pullring);
  const command = {
    name: "bare",
    command: process.execPath,
    args: [BARE_WEBHOOK, certificate.certFile, certificate.keyFile],
  };
  await withTargets([command], directory, async ([bare]) => {
    await apply(plane, [bareConfiguration(bare?.port, certificate.cert)]);
    print("The same with a webhook that only answers", await rowsOf("bare"));
  });
  const { single, one, many } = pullring;
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

function bareConfiguration(port: number | undefined, cert: string): object {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name: "bare" },
    webhooks: [
      {
        name: "bare.bench.example.com",
        clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: Buffer.from(cert).toString("base64") },
        namespaceSelector: { matchLabels: BARE },
        rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
      },
    ],
  };
}
