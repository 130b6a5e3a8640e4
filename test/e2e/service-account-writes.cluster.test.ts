/** Rule 11 for ServiceAccounts: what was acknowledged before a template or a Pod counts for it, known before or not. */
import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { waitUntil } from "../wait-until.ts";
import type { KubeObject } from "./control-plane/api-client.ts";
import { runClients } from "./webhook/clients.ts";
import { PATIENT } from "./webhook/installed-plane.ts";
import { deploymentOf, podOf, pullSecretsOf } from "./webhook/objects.ts";
import { type ProxiedPlane, startProxiedPlane } from "./webhook/proxied-plane.ts";
import {
  createFilledPod,
  createTemplate,
  IMAGE,
  makeKnown,
  prepareAccounts,
} from "./webhook/service-accounts.ts";
import { waitForTemplatePods } from "./webhook/template-pods.ts";

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
