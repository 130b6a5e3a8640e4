/**
 * Registers webhooks in a control plane so that the label `bench` of a Pod chooses which one is called: measurements take turns
 * without a change of configuration in between.
 */
import { readFileSync } from "node:fs";
import type { ControlPlane } from "../../e2e/control-plane/control-plane.ts";
import { apply } from "../../e2e/webhook/install.ts";
import { waitUntil } from "../../wait-until.ts";
import { forEachNumber } from "./fill-cluster.ts";

/** A webhook to register. */
export interface BenchWebhook {
  /** Value of the label, and first part of the webhook's name in the API server's metrics. */
  readonly name: string;
  readonly url: string;
  /** PEM. */
  readonly caFile: string;
}

/** Name of a webhook in the API server's metrics. */
export function metricName(name: string): string {
  return `${name}.bench.pullring.dev`;
}

/** Applies one configuration with all of them and returns when the API server calls each. */
export async function registerWebhooks(
  plane: ControlPlane,
  webhooks: readonly BenchWebhook[],
  isCalled: (webhook: BenchWebhook) => Promise<boolean>,
): Promise<void> {
  await apply(plane, [
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingWebhookConfiguration",
      metadata: { name: "bench" },
      webhooks: webhooks.map(({ name, url, caFile }) => ({
        name: metricName(name),
        clientConfig: { url, caBundle: readFileSync(caFile).toString("base64") },
        rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"] }],
        objectSelector: { matchLabels: { bench: name } },
        failurePolicy: "Fail",
        timeoutSeconds: 10,
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
      })),
    },
  ]);
  for (const webhook of webhooks) {
    await waitUntil(`the first call of ${webhook.name}`, async () => {
      await createPods(plane, { count: 1, clients: 1, pod: () => benchPod(webhook.name, "pause") });
      return isCalled(webhook);
    });
  }
}

/** A Pod with its namespace. */
export interface PlacedPod {
  readonly namespace: string;
  readonly object: object;
}

/** A Pod for the webhook `name`. */
export function benchPod(name: string, image: string, namespace = "default"): PlacedPod {
  return {
    namespace,
    object: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { generateName: "bench-", labels: { bench: name } },
      spec: { containers: [{ name: "main", image }] },
    },
  };
}

/** What to create. */
export interface PodBurst {
  readonly count: number;
  readonly clients: number;
  readonly pod: (number: number) => PlacedPod;
}

/**
 * Creates Pods as a dry run, which goes the whole way but for the store, and gives how long each took, in milliseconds.
 * @throws when one is refused
 */
export async function createPods(
  { api }: ControlPlane,
  { count, clients, pod }: PodBurst,
): Promise<readonly number[]> {
  const times: number[] = [];
  await forEachNumber(count, clients, async (number) => {
    const { namespace, object } = pod(number);
    const startedAt = performance.now();
    await api.expect("POST", `/api/v1/namespaces/${namespace}/pods?dryRun=All`, object);
    times.push(performance.now() - startedAt);
  });
  return times;
}
