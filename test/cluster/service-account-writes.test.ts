/** Rule 11 for ServiceAccounts: what was acknowledged before a template or a Pod counts for it, known before or not. */
import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import type { KubeObject } from "./control-plane/api-client.ts";
import { runClients } from "./webhook/clients.ts";
import { PATIENT } from "./webhook/installed-plane.ts";
import { createNamespace, type Namespace } from "./webhook/namespace.ts";
import { credentialOf, deploymentOf, podOf, pullSecretsOf } from "./webhook/objects.ts";
import { type ProxiedPlane, startProxiedPlane } from "./webhook/proxied-plane.ts";
import { waitForTemplatePods } from "./webhook/template-pods.ts";

const CREATED = 400;
const CHANGED = 100;
const STRICT = 50;
const ROLLOUT = { count: 500, clients: 16 };
const REPLICAS = 200;
const IMAGE = "quay.io/acme/web";
const GIVEN = { imagePullSecrets: [{ name: "given" }] };
const ENFORCED = { metadata: { annotations: { "kubernetes.io/enforce-mountable-secrets": "true" } } };
const FILLED = { metadata: { annotations: { "pullring.dev/injected": "needed" } } };

describe("right after a write of its ServiceAccount", () => {
  let installed: ProxiedPlane;
  before(async () => {
    installed = await startProxiedPlane(PATIENT);
  });
  after(() => installed?.stop());

  /** A namespace with the credential `needed`, and ServiceAccounts by the number. */
  async function prepare(name: string) {
    const namespace = await createNamespace(installed.plane.api, name);
    await namespace.create("secrets", credentialOf("needed", "quay.io"));
    const createAccount = async (number: number, fields: object = {}): Promise<string> => {
      const metadata = { name: `account-${number}` };
      const account = { apiVersion: "v1", kind: "ServiceAccount", metadata, ...fields };
      await namespace.create("serviceaccounts", account);
      return metadata.name;
    };
    return { namespace, createAccount };
  }

  /** Changes `count` known ServiceAccounts, each right before a template and a Pod of a filled template. */
  async function changeAccounts(name: string, count: number) {
    const { namespace, createAccount } = await prepare(name);
    const templates: KubeObject[] = [];
    const filledPods: KubeObject[] = [];
    for (let number = 0; number < count; number++) {
      const account = await createAccount(number);
      await makeKnown(namespace, account);
      await namespace.patch("serviceaccounts", account, GIVEN);
      templates.push(await createTemplate(namespace, account));
      const other = await createAccount(number + count);
      await makeKnown(namespace, other);
      await namespace.patch("serviceaccounts", other, GIVEN);
      filledPods.push(await createFilledPod(namespace, other, other));
    }
    return { templates, filledPods, pods: await waitForTemplatePods(namespace, count) };
  }

  test("a template, its Pods and a Pod have the pull secrets of a new ServiceAccount", async (context) => {
    const { namespace, createAccount } = await prepare("created");
    const stored: KubeObject[] = [];
    for (let number = 0; number < CREATED; number++) {
      const account = await createAccount(number, GIVEN);
      stored.push(await createTemplate(namespace, account));
      stored.push(await namespace.create("pods", podOf(account, IMAGE, { serviceAccountName: account })));
    }
    const pods = await waitForTemplatePods(namespace, CREATED);
    tell(context, "templates and Pods after a new ServiceAccount", stored);
    tell(context, "Pods of these templates", pods);
    assertGiven([...stored, ...pods]);
  });

  test("a template, its Pods and a Pod of a filled template have what a known one was given", async (context) => {
    const { templates, filledPods, pods } = await changeAccounts("changed", CHANGED);
    tell(context, "templates after a changed ServiceAccount", templates);
    tell(context, "Pods of these templates", pods);
    tell(context, "Pods of filled templates after a changed ServiceAccount", filledPods);
    assertGiven([...templates, ...filledPods, ...pods]);
  });

  test("so do they while all watches are stalled", async (context) => {
    installed.proxy.stallWatches();
    const { templates, filledPods, pods } = await changeAccounts("stalled", CHANGED);
    installed.proxy.resumeWatches();
    tell(context, "templates after a changed ServiceAccount, watches stalled", templates);
    tell(context, "Pods of these templates", pods);
    tell(context, "Pods of filled templates after a changed ServiceAccount, watches stalled", filledPods);
    assertGiven([...templates, ...filledPods, ...pods]);
  });

  test("all Pods of a rollout have what it was given before, and share the looks", async (context) => {
    const { namespace, createAccount } = await prepare("rollout");
    const account = await createAccount(0);
    const replicaSet = { ...deploymentOf("set", IMAGE, { serviceAccountName: account }), kind: "ReplicaSet" };
    const { metadata } = await namespace.create("apps/v1/replicasets", replicaSet);
    await waitForTemplatePods(namespace, 1);
    await namespace.patch("serviceaccounts", account, GIVEN);
    const pods: KubeObject[] = [];
    const byClients = await countReads(async () => {
      await runClients(ROLLOUT, async (number) => {
        pods.push(await createFilledPod(namespace, `pod-${number}`, account));
      });
    });
    await namespace.patch("apps/v1/replicasets", metadata.name, { spec: { replicas: REPLICAS } });
    const byController = await countReads(async () => {
      const made = await waitForTemplatePods(namespace, REPLICAS);
      pods.push(...made.toSorted(byAge).slice(1));
    });
    const each = (reads: number, count: number): string => (reads / count).toFixed(2);
    tell(context, "Pods of filled templates, created by 16 clients and by a ReplicaSet", pods);
    context.diagnostic(
      `reads of the ServiceAccount for each Pod, 16 clients: ${each(byClients, ROLLOUT.count)}`,
    );
    context.diagnostic(
      `reads of the ServiceAccount for each Pod, ReplicaSet: ${each(byController, REPLICAS)}`,
    );
    assertGiven(pods);
  });

  /** How often pullring read a ServiceAccount by its name while `work` went on. */
  async function countReads(work: () => Promise<void>): Promise<number> {
    const reads = (): number => installed.proxy.seen.get("reads of a ServiceAccount") ?? 0;
    const before = reads();
    await work();
    return reads() - before;
  }

  test("a template gets no name that the ServiceAccount has begun to forbid", async (context) => {
    const { namespace, createAccount } = await prepare("enforced");
    const wrong: KubeObject[] = [];
    for (let number = 0; number < STRICT; number++) {
      const account = await createAccount(number);
      await makeKnown(namespace, account);
      await namespace.patch("serviceaccounts", account, ENFORCED);
      const stored = await createTemplate(namespace, account);
      if (pullSecretsOf(stored).length > 0) wrong.push(stored);
    }
    context.diagnostic(
      `templates after enforcement began: ${STRICT}, with a forbidden name: ${wrong.length}`,
    );
    assert.deepEqual(wrong, []);
  });
});

/** By this Pod the ServiceAccount is read, and from then on known. */
async function makeKnown(namespace: Namespace, account: string): Promise<void> {
  const pod = podOf("known", IMAGE, { serviceAccountName: account });
  await namespace.create("pods", pod, "?dryRun=All");
}

function createTemplate(namespace: Namespace, account: string): Promise<KubeObject> {
  const spec = { serviceAccountName: account };
  return namespace.create("apps/v1/deployments", deploymentOf(account, IMAGE, spec));
}

/** A Pod as a controller makes it of a template that pullring filled before. */
function createFilledPod(namespace: Namespace, name: string, account: string): Promise<KubeObject> {
  const spec = { serviceAccountName: account, imagePullSecrets: [{ name: "needed" }] };
  const metadata = { ...FILLED.metadata, name };
  return namespace.create("pods", { ...podOf(name, IMAGE, spec), metadata });
}

const byAge = ({ metadata: a }: KubeObject, { metadata: b }: KubeObject): number =>
  Number(a.resourceVersion) - Number(b.resourceVersion);

const isComplete = (object: KubeObject): boolean =>
  pullSecretsOf(object).toSorted().join() === "given,needed";

function assertGiven(objects: readonly KubeObject[]): void {
  const wrong = objects.filter((object) => !isComplete(object));
  assert.deepEqual(
    wrong.map((object) => [object.metadata.name, pullSecretsOf(object)]),
    [],
  );
}

function tell(context: TestContext, what: string, objects: readonly KubeObject[]): void {
  const wrong = objects.filter((object) => !isComplete(object)).length;
  context.diagnostic(`${what}: ${objects.length}, without its names: ${wrong}`);
}
