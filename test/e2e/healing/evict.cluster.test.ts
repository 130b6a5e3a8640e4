/**
 * `pullring controller --heal` on a real API server with real controllers, with the rights of its component: Pods that came before
 * their credential are made again by their owners, one of an owner first, at most one a second, and none where that would not help.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../../wait-until.ts";
import type { ApiClient, KubeObject } from "../control-plane/api-client.ts";
import {
  type ControllerProcess,
  createControllerIdentity,
  startController,
  waitForMetric,
} from "../webhook/controller-process.ts";
import { ENDPOINT_SLICES, endpointSliceOf } from "../webhook/endpoint-slice.ts";
import { type InstalledPlane, PATIENT, startInstalledPlane } from "../webhook/installed-plane.ts";
import { createNamespace, type Namespace } from "../webhook/namespace.ts";
import { credentialOf, deploymentOf, pullSecretsOf, templateOf } from "../webhook/objects.ts";
import { createOwners, OWNERS } from "./owners.ts";
import { createWaitingPod, IMAGE, letPodsWait, saidAbout, waitUntilSaid } from "./waiting-pods.ts";

const CONFIGURATION = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/pullring";

interface Configuration extends KubeObject {
  readonly webhooks: readonly { readonly clientConfig: object }[];
}

describe("pullring controller --heal", () => {
  let installed: InstalledPlane;
  let api: ApiClient;
  let kubeconfig: string;
  let controller: ControllerProcess;
  before(async () => {
    installed = await startInstalledPlane({ ...PATIENT, plane: { auditLog: true } });
    api = installed.plane.api;
    kubeconfig = await createControllerIdentity(installed.plane);
    controller = await start("controller");
  });
  after(() => installed?.plane.stop());

  const start = (name: string): Promise<ControllerProcess> =>
    startController(installed.plane, { kubeconfig, flags: ["--heal"], name });
  const addCredential = (namespace: Namespace) => namespace.create("secrets", credentialOf("team", "registry.example"));

  /** Evictions in a namespace that were done, in order. */
  const evictionsIn = ({ name }: Namespace) =>
    installed.plane.auditEvents().filter(({ objectRef, responseStatus }) => {
      const { namespace, subresource } = objectRef ?? {};
      return namespace === name && subresource === "eviction" && responseStatus?.code === 201;
    });

  /** Has the webhooks called, or looked for, elsewhere while `work` runs. */
  async function withClientConfig(clientConfig: object, work: () => Promise<void>): Promise<void> {
    const write = async (webhooks: Configuration["webhooks"]): Promise<void> => {
      const stored = await api.expect<Configuration>("GET", CONFIGURATION);
      await api.expect("PUT", CONFIGURATION, { ...stored, webhooks });
    };
    const { webhooks } = await api.expect<Configuration>("GET", CONFIGURATION);
    await write(
      webhooks.map(({ clientConfig: before, ...webhook }) => {
        const { caBundle } = before as { readonly caBundle?: string };
        return { ...webhook, clientConfig: { ...clientConfig, caBundle } };
      }),
    );
    try {
      await work();
    } finally {
      await write(webhooks);
    }
  }

  test("each owner makes its Pod again with the Secret, at most one a second, and no Job fails", async () => {
    const namespace = await createNamespace(api, "owners");
    await createOwners(installed.plane, namespace);
    const uids = new Set<string>();
    for (const app of OWNERS) {
      const [pod] = await letPodsWait(api, namespace, { labelSelector: `app=${app}`, count: 1 });
      uids.add(String(pod?.metadata.uid));
    }
    await addCredential(namespace);
    for (const app of OWNERS) {
      await waitUntil(`a Pod of ${app} with its Secret`, async () => {
        const pods = await namespace.list("pods", `app=${app}`);
        return pods.some((pod) => pullSecretsOf(pod).includes("team") && !uids.has(pod.metadata.uid));
      });
    }
    const job = await namespace.read("batch/v1/jobs", "job");
    assert.equal((job.status as { readonly failed?: number }).failed, 1);
    const times = evictionsIn(namespace).map(({ requestReceivedTimestamp }) => Date.parse(requestReceivedTimestamp));
    assert.equal(times.length, OWNERS.length);
    for (const [position, time] of times.slice(1).entries())
      assert.ok(time - Number(times[position]) >= 950, `${times}`);
    const deployment = await namespace.read("apps/v1/deployments", "deployment");
    await waitUntilSaid(
      namespace,
      deployment.metadata.uid,
      /^EvictedForPullSecret: Pod \S+: evicted, so that its owner/,
    );
    await waitForMetric(controller, new RegExp(`^pullring_eviction_delay_seconds_count ${OWNERS.length}$`));
  });

  test("of many Pods one is first, the others follow, and two controllers evict none twice", async () => {
    const second = await start("second");
    const namespace = await createNamespace(api, "many");
    const deployment = deploymentOf("web", IMAGE) as { readonly spec: object };
    await namespace.create("apps/v1/deployments", { ...deployment, spec: { ...deployment.spec, replicas: 4 } });
    await letPodsWait(api, namespace, { labelSelector: "app=web", count: 4 });
    await addCredential(namespace);
    await waitUntil("four Pods with their Secret", async () => {
      const pods = await namespace.list("pods", "app=web");
      return pods.length === 4 && pods.every((pod) => pullSecretsOf(pod).includes("team"));
    });
    assert.equal(evictionsIn(namespace).length, 4);
    const first = (await namespace.list("events")).filter(({ reason }) => reason === "FirstOfItsOwner");
    assert.equal(first.length, 1);
    await second.process.end();
  });

  test("an owner whose new Pod comes without the name is left alone, after a restart too", async () => {
    const namespace = await createNamespace(api, "stripped");
    await withClientConfig({ url: "https://localhost:1/mutate" }, async () => {
      const deployment = deploymentOf("web", IMAGE) as { readonly spec: object };
      await namespace.create("apps/v1/deployments", { ...deployment, spec: { ...deployment.spec, replicas: 2 } });
      const before = await letPodsWait(api, namespace, { labelSelector: "app=web", count: 2 });
      await addCredential(namespace);
      const successor = await waitUntil("a new Pod", async () => {
        const pods = await namespace.list("pods", "app=web");
        return pods.find(({ metadata }) => before.every((pod) => pod.metadata.uid !== metadata.uid));
      });
      await letPodsWait(api, namespace, { labelSelector: "app=web", count: 2 });
      await waitUntilSaid(namespace, successor.metadata.uid, /^LeftWithoutPullSecret: a Pod of its owner was evicted/);
      await controller.process.end();
      controller = await start("again");
      await sleep(3_000);
      assert.equal(evictionsIn(namespace).length, 1);
    });
  });

  test("nothing is evicted while the Service of the webhook has no ready endpoint, and everything once it has", async () => {
    const namespace = await createNamespace(api, "silent");
    await api.expect("POST", ENDPOINT_SLICES, endpointSliceOf(false));
    const service = { name: "pullring", namespace: "pullring", path: "/mutate", port: 443 };
    await withClientConfig({ service }, async () => {
      await namespace.create("apps/v1/deployments", deploymentOf("web", IMAGE));
      await letPodsWait(api, namespace, { labelSelector: "app=web", count: 1 });
      await addCredential(namespace);
      await waitUntil("the reason at /readyz", async () => {
        const { text } = await controller.admin("/readyz");
        return text.includes("healing: Service pullring/pullring has no ready endpoint, so nothing is evicted");
      });
      await sleep(2_000);
      assert.equal(evictionsIn(namespace).length, 0);
      await api.expect("PUT", `${ENDPOINT_SLICES}/pullring-1`, endpointSliceOf(true));
      await waitUntil("the eviction", () => evictionsIn(namespace).length === 1);
    });
  });

  test("bare Pods and Jobs without room for a failure stay", async () => {
    const namespace = await createNamespace(api, "spared");
    const bare = await createWaitingPod(api, namespace, "bare");
    const limits = {
      once: { backoffLimit: 0 },
      // The limit of the whole Job counts beside that of an index.
      indexed: { completionMode: "Indexed", completions: 1, backoffLimitPerIndex: 4, backoffLimit: 0 },
    };
    const jobs = new Map<string, KubeObject | undefined>();
    for (const [name, spec] of Object.entries(limits)) {
      await namespace.create("batch/v1/jobs", {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name },
        spec: { ...spec, template: templateOf(name, IMAGE, { restartPolicy: "Never" }) },
      });
      jobs.set(name, (await letPodsWait(api, namespace, { labelSelector: `app=${name}`, count: 1 }))[0]);
    }
    await addCredential(namespace);
    await waitUntilSaid(namespace, bare.metadata.uid, /nobody would make it again/);
    for (const [name, pod] of jobs) {
      const uid = pod?.metadata.uid ?? "";
      await waitUntilSaid(namespace, uid, new RegExp(`could fail Job ${name}`));
      const said = await saidAbout(namespace, uid);
      assert.ok(said.every((text) => !text.startsWith("Evicted")));
    }
    assert.equal(evictionsIn(namespace).length, 0);
  });
});
