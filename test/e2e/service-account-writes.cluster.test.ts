/** Rule 11 for ServiceAccounts: what was acknowledged before a template or a Pod counts for it, known before or not. */
import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { waitUntil } from "../wait-until.ts";
import type { ApiClient, KubeObject } from "./control-plane/api-client.ts";
import { runClients } from "./webhook/clients.ts";
import { PATIENT } from "./webhook/installed-plane.ts";
import { createNamespace, type Namespace } from "./webhook/namespace.ts";
import { credentialOf, deploymentOf, podOf, pullSecretsOf } from "./webhook/objects.ts";
import { type ProxiedPlane, startProxiedPlane } from "./webhook/proxied-plane.ts";

/** The image of all. */
const IMAGE = "quay.io/acme/web";
const CREATED = 400;
const CHANGED = 100;
const STRICT = 50;
const ROLLOUT = { count: 500, clients: 16 };
const REPLICAS = 200;
const GIVEN = { imagePullSecrets: [{ name: "given" }] };
const ENFORCED = { metadata: { annotations: { "kubernetes.io/enforce-mountable-secrets": "true" } } };

describe("right after a write of its ServiceAccount", () => {
  let installed: ProxiedPlane;
  before(async () => {
    installed = await startProxiedPlane(PATIENT);
  });
  after(() => installed?.stop());

  /** Changes `count` known ServiceAccounts, each right before a template and a Pod of a filled template. */
  async function changeAccounts(name: string, count: number) {
    const { namespace, createAccount } = await prepareAccounts(installed.plane.api, name);
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
    const { namespace, createAccount } = await prepareAccounts(installed.plane.api, "created");
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
    const { namespace, createAccount } = await prepareAccounts(installed.plane.api, "rollout");
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
    const { namespace, createAccount } = await prepareAccounts(installed.plane.api, "enforced");
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

  // The limit that docs/architecture.md explains; the API server's own cache decides which of the three it is.
  test("a Pod that is refused because it has begun to forbid others is accepted soon after", async (context) => {
    const { namespace, createAccount } = await prepareAccounts(installed.plane.api, "refused");
    const counts = { refused: 0, "as forbidden": 0, "as before": 0 };
    for (let number = 0; number < STRICT; number++) {
      const account = await createAccount(number);
      await makeKnown(namespace, account);
      await namespace.patch("serviceaccounts", account, ENFORCED);
      const pod = podOf(account, IMAGE, { serviceAccountName: account });
      const create = (): Promise<KubeObject | undefined> =>
        namespace.create("pods", pod).catch((error: Error) => {
          assert.match(error.message, /403.*needed/s);
          return undefined;
        });
      const stored = await create();
      if (stored === undefined) {
        counts.refused += 1;
        assert.deepEqual(pullSecretsOf(await waitUntil("a Pod that is accepted", create)), []);
      } else {
        counts[pullSecretsOf(stored).length > 0 ? "as before" : "as forbidden"] += 1;
      }
    }
    context.diagnostic(`Pods after enforcement began: ${STRICT}, stored or not: ${JSON.stringify(counts)}`);
  });
});

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

/** A namespace with the credential, and what creates ServiceAccounts there. */
interface PreparedAccounts {
  readonly namespace: Namespace;
  /** Creates one and gives its name. */
  createAccount(number: number, fields?: object): Promise<string>;
}

/** Makes the namespace. */
async function prepareAccounts(api: ApiClient, name: string): Promise<PreparedAccounts> {
  const namespace = await createNamespace(api, name);
  await namespace.create("secrets", credentialOf("needed", "quay.io"));
  return {
    namespace,
    createAccount: async (number, fields = {}) => {
      const metadata = { name: `account-${number}` };
      const account = { apiVersion: "v1", kind: "ServiceAccount", metadata, ...fields };
      await namespace.create("serviceaccounts", account);
      return metadata.name;
    },
  };
}

/** By this Pod the ServiceAccount is read, and from then on known. */
async function makeKnown(namespace: Namespace, account: string): Promise<void> {
  const pod = podOf("known", IMAGE, { serviceAccountName: account });
  await namespace.create("pods", pod, "?dryRun=All");
}

/** A Deployment that pullring fills. */
function createTemplate(namespace: Namespace, account: string): Promise<KubeObject> {
  const spec = { serviceAccountName: account };
  return namespace.create("apps/v1/deployments", deploymentOf(account, IMAGE, spec));
}

/** A Pod as a controller makes it of a template that pullring filled before. */
function createFilledPod(namespace: Namespace, name: string, account: string): Promise<KubeObject> {
  const spec = { serviceAccountName: account, imagePullSecrets: [{ name: "needed" }] };
  const metadata = { name, annotations: { "pullring.dev/injected": "needed" } };
  return namespace.create("pods", { ...podOf(name, IMAGE, spec), metadata });
}

/** Longer than a controller's back-off after a Pod that was refused. */
const CONTROLLER_MS = 180_000;

/** Waits for `count` Pods with a controller in the namespace, and gives all of them. */
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
