/** Read your writes for ServiceAccounts: what was acknowledged before a template or a Pod counts for it, known before or not. */
import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { waitUntil } from "../wait-until.ts";
import type { KubeObject } from "./control-plane/api-client.ts";
import { runClients } from "./webhook/clients.ts";
import { PATIENT, startProxiedPlane } from "./webhook/installed-plane.ts";
import { createNamespace, type Namespace } from "./webhook/namespace.ts";
import { credentialOf, deploymentOf, podOf, pullSecretsOf } from "./webhook/objects.ts";

/** The image of all Pods; credential `needed` serves it. */
const IMAGE = "quay.io/acme/web";
const CREATED = 400;
const CHANGED = 100;
const STRICT = 50;
const ROLLOUT = { count: 500, clients: 16 };
const REPLICAS = 200;
/** Longer than a controller's back-off after a Pod that was refused. */
const CONTROLLER_MS = 180_000;
const GIVEN = { imagePullSecrets: [{ name: "given" }] };
const ENFORCED = { metadata: { annotations: { "kubernetes.io/enforce-mountable-secrets": "true" } } };

describe("right after a write of its ServiceAccount", () => {
  let installed: Awaited<ReturnType<typeof startProxiedPlane>>;
  before(async () => {
    installed = await startProxiedPlane(PATIENT);
  });
  after(() => installed?.plane.stop());

  /** A namespace with the credential. */
  async function prepare(name: string): Promise<Namespace> {
    const namespace = await createNamespace(installed.plane.api, name);
    await namespace.create("secrets", credentialOf("needed", "quay.io"));
    return namespace;
  }

  /** Changes `count` known ServiceAccounts, each right before a template and a Pod of a filled template. */
  async function changeAccounts(context: TestContext, name: string, count: number): Promise<void> {
    const namespace = await prepare(name);
    const templates: KubeObject[] = [];
    const filledPods: KubeObject[] = [];
    for (let number = 0; number < count; number++) {
      await createKnownAccount(namespace, `for-template-${number}`, GIVEN);
      templates.push(await createTemplate(namespace, `for-template-${number}`));
      await createKnownAccount(namespace, `for-pod-${number}`, GIVEN);
      filledPods.push(await createFilledPod(namespace, `for-pod-${number}`, `for-pod-${number}`));
    }
    assertGiven(context, "templates", templates);
    assertGiven(context, "Pods of filled templates", filledPods);
    assertGiven(context, "Pods of these templates", await waitForTemplatePods(namespace, count));
  }

  test("a template, its Pods and a Pod have the pull secrets of a new ServiceAccount", async (context) => {
    const namespace = await prepare("created");
    const stored: KubeObject[] = [];
    for (let number = 0; number < CREATED; number++) {
      const account = `account-${number}`;
      await createAccount(namespace, account, GIVEN);
      stored.push(await createTemplate(namespace, account));
      stored.push(await namespace.create("pods", podOf(account, IMAGE, { serviceAccountName: account })));
    }
    assertGiven(context, "templates and Pods", stored);
    assertGiven(context, "Pods of these templates", await waitForTemplatePods(namespace, CREATED));
  });

  test("a template, its Pods and a Pod of a filled template have what a known one was given", (context) =>
    changeAccounts(context, "changed", CHANGED));

  test("so do they while all watches are stalled", async (context) => {
    installed.proxy.stallWatches();
    await changeAccounts(context, "stalled", CHANGED);
    installed.proxy.resumeWatches();
  });

  test("all Pods of a rollout have what it was given before, and share the reads", async (context) => {
    const namespace = await prepare("rollout");
    await createAccount(namespace, "account");
    const template = deploymentOf("set", IMAGE, { serviceAccountName: "account" });
    await namespace.create("apps/v1/replicasets", { ...template, kind: "ReplicaSet" });
    await waitForTemplatePods(namespace, 1);
    await namespace.patch("serviceaccounts", "account", GIVEN);
    const reads = (): number => installed.proxy.seen.get("reads of a ServiceAccount") ?? 0;
    const start = reads();
    const pods: KubeObject[] = [];
    await runClients(ROLLOUT, async (number) => {
      pods.push(await createFilledPod(namespace, `pod-${number}`, "account"));
    });
    const afterClients = reads();
    await namespace.patch("apps/v1/replicasets", "set", { spec: { replicas: REPLICAS } });
    const made = (await waitForTemplatePods(namespace, REPLICAS)).toSorted(
      ({ metadata: a }, { metadata: b }) => Number(a.resourceVersion) - Number(b.resourceVersion),
    );
    const byClients = (afterClients - start) / ROLLOUT.count;
    const byController = (reads() - afterClients) / REPLICAS;
    context.diagnostic(`reads for each Pod: ${byClients} by 16 clients, ${byController} by a ReplicaSet`);
    // The first Pod of the ReplicaSet is older than what was given.
    assertGiven(context, "Pods of filled templates", [...pods, ...made.slice(1)]);
  });

  test("a template gets no name that the ServiceAccount has begun to forbid", async () => {
    const namespace = await prepare("enforced");
    const wrong: string[] = [];
    for (let number = 0; number < STRICT; number++) {
      await createKnownAccount(namespace, `account-${number}`, ENFORCED);
      wrong.push(...pullSecretsOf(await createTemplate(namespace, `account-${number}`)));
    }
    assert.deepEqual(wrong, []);
  });

  // The limit that docs/architecture.md explains; the API server's own cache decides which of the three it is.
  test("a Pod that is refused because it has begun to forbid others is accepted soon after", async (context) => {
    const namespace = await prepare("refused");
    const counts = { refused: 0, "as forbidden": 0, "as before": 0 };
    for (let number = 0; number < STRICT; number++) {
      const account = `account-${number}`;
      await createKnownAccount(namespace, account, ENFORCED);
      const pod = podOf(account, IMAGE, { serviceAccountName: account });
      const create = (): Promise<KubeObject | undefined> =>
        namespace.create("pods", pod).catch((error: Error) => {
          assert.match(error.message, /403.*needed/s);
          return undefined;
        });
      const stored = await create();
      counts[stored === undefined ? "refused" : pullSecretsOf(stored).length > 0 ? "as before" : "as forbidden"] += 1;
      if (stored === undefined) assert.deepEqual(pullSecretsOf(await waitUntil("an accepted Pod", create)), []);
    }
    context.diagnostic(`Pods after enforcement began: ${STRICT}, stored or not: ${JSON.stringify(counts)}`);
  });
});

function createAccount(namespace: Namespace, name: string, fields: object = {}): Promise<KubeObject> {
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name }, ...fields };
  return namespace.create("serviceaccounts", account);
}

/** Creates a ServiceAccount, has pullring read it by a Pod, and changes it. */
async function createKnownAccount(namespace: Namespace, name: string, change: object): Promise<void> {
  await createAccount(namespace, name);
  await namespace.create("pods", podOf("known", IMAGE, { serviceAccountName: name }), "?dryRun=All");
  await namespace.patch("serviceaccounts", name, change);
}

/** A Deployment that pullring fills. */
function createTemplate(namespace: Namespace, account: string): Promise<KubeObject> {
  return namespace.create("apps/v1/deployments", deploymentOf(account, IMAGE, { serviceAccountName: account }));
}

/** A Pod as a controller makes it of a template that pullring filled before. */
function createFilledPod(namespace: Namespace, name: string, account: string): Promise<KubeObject> {
  const spec = { serviceAccountName: account, imagePullSecrets: [{ name: "needed" }] };
  const metadata = { name, annotations: { "pullring.dev/injected": "needed" } };
  return namespace.create("pods", { ...podOf(name, IMAGE, spec), metadata });
}

/** Waits for `count` Pods that have a controller. */
function waitForTemplatePods(namespace: Namespace, count: number): Promise<readonly KubeObject[]> {
  return waitUntil(
    `${count} Pods of controllers in ${namespace.name}`,
    async () => {
      const pods = await namespace.list("pods");
      const made = pods.filter(({ metadata }) => metadata.ownerReferences !== undefined);
      return made.length >= count && made;
    },
    { timeoutMs: CONTROLLER_MS, intervalMs: 250 },
  );
}

function assertGiven(context: TestContext, what: string, objects: readonly KubeObject[]): void {
  const wrong = objects.filter((object) => pullSecretsOf(object).toSorted().join() !== "given,needed");
  context.diagnostic(`${what}: ${objects.length}, without its names: ${wrong.length}`);
  assert.deepEqual(
    wrong.map((object) => [object.metadata.name, pullSecretsOf(object)]),
    [],
  );
}
