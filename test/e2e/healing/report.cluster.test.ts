/**
 * `pullring controller --heal=report` on a real API server, with the rights of its component: it says of each Pod that waits for
 * an image whether another Pod would get a credential for it, or why it is left alone, and changes nothing.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../../wait-until.ts";
import type { ApiClient, KubeObject } from "../control-plane/api-client.ts";
import { type ControllerProcess, createControllerIdentity, startController } from "../webhook/controller-process.ts";
import { type InstalledPlane, PATIENT, startInstalledPlane } from "../webhook/installed-plane.ts";
import { createNamespace, type Namespace } from "../webhook/namespace.ts";
import { credentialOf, deploymentOf, pullSecretsOf, templateOf } from "../webhook/objects.ts";
import { createWaitingPod, IMAGE, letPodsWait, letWait, saidAbout, waitUntilSaid } from "./waiting-pods.ts";

const PASSWORD = "planted-password";

describe("pullring controller --heal=report", () => {
  let installed: InstalledPlane;
  let api: ApiClient;
  let controller: ControllerProcess;
  before(async () => {
    installed = await startInstalledPlane(PATIENT);
    api = installed.plane.api;
    const kubeconfig = await createControllerIdentity(installed.plane);
    controller = await startController(installed.plane, { kubeconfig, flags: ["--heal=report"] });
  });
  after(() => installed?.plane.stop());

  const addCredential = (namespace: Namespace) =>
    namespace.create("secrets", credentialOf("team", "registry.example", { username: "robot", password: PASSWORD }));
  const waiting = async (verdict: string): Promise<number> => {
    const { text } = await controller.admin("/metrics");
    return Number(new RegExp(`^pullring_waiting_pods\\{verdict="${verdict}"\\} (.*)$`, "m").exec(text)?.[1]);
  };

  test("a Deployment that came before its credential is told of, once, and nothing is done", async () => {
    const namespace = await createNamespace(api, "late");
    const deployment = await namespace.create("apps/v1/deployments", deploymentOf("web", IMAGE));
    const [pod] = await letPodsWait(api, namespace, { labelSelector: "app=web", count: 1 });
    assert.ok(pod);
    await waitUntilSaid(namespace, pod.metadata.uid, /^LeftWithoutPullSecret: no credential of the namespace serves/);
    await addCredential(namespace);
    const said = /^PullSecretMissing: (Pod web-\S+: )?lacks Secret "team" in its imagePullSecrets, and its owner/;
    await waitUntilSaid(namespace, pod.metadata.uid, said);
    await waitUntilSaid(namespace, deployment.metadata.uid, said);
    assert.equal(await waiting("helped"), 1);
    const before = await saidAbout(namespace, pod.metadata.uid);
    await letPodsWait(api, namespace, { labelSelector: "app=web", count: 1 });
    await sleep(1_000);
    assert.deepEqual(await saidAbout(namespace, pod.metadata.uid), before);
    const [still] = await namespace.list("pods", "app=web");
    assert.equal(still?.metadata.uid, pod.metadata.uid);
    assert.equal(still?.metadata.resourceVersion !== undefined && pullSecretsOf(still).length, 0);
  });

  test("a bare Pod is told of with a command that makes it again with its Secret", async () => {
    const namespace = await createNamespace(api, "bare");
    const pod = await createWaitingPod(api, namespace, "alone");
    await addCredential(namespace);
    const said = await waitUntilSaid(namespace, pod.metadata.uid, /nobody would make it again\. Fix: kubectl/);
    const [, command = ""] = said.split("nobody would make it again. Fix: ");
    assert.equal(command, "kubectl -n bare get pod alone -o yaml | kubectl replace --force -f -");
    const { stdout } = await installed.plane.kubectl(["-n", "bare", "get", "pod", "alone", "-o", "yaml"]);
    await installed.plane.kubectl(["replace", "--force", "--grace-period=0", "-f", "-"], stdout);
    assert.deepEqual(pullSecretsOf(await namespace.read("pods", "alone")), ["team"]);
  });

  /** How a Pod is made and what is said of it; the credential comes afterwards. */
  const rows: readonly {
    readonly title: string;
    readonly namespace?: object;
    readonly create: (namespace: Namespace) => Promise<KubeObject>;
    readonly said: RegExp;
  }[] = [
    {
      title: "a Pod with the label, left alone",
      create: (namespace) => createWaitingPod(api, namespace, "pod", { labels: { "pullring.dev/heal": "false" } }),
      said: /the label pullring\.dev\/heal: "false" of the Pod asks to leave the Pod alone/,
    },
    {
      title: "a Pod in a namespace with the label, left alone",
      namespace: { labels: { "pullring.dev/heal": "false" } },
      create: (namespace) => createWaitingPod(api, namespace, "pod"),
      said: /"false" of the namespace asks/,
    },
    {
      title: "a Pod of a Deployment with the label, left alone",
      create: async (namespace) => {
        const deployment = deploymentOf("web", IMAGE) as { readonly metadata: object };
        const labels = { "pullring.dev/heal": "false" };
        await namespace.create("apps/v1/deployments", { ...deployment, metadata: { ...deployment.metadata, labels } });
        return onlyWaiting(namespace, "app=web");
      },
      said: /"false" of the owner asks/,
    },
    {
      title: "a Pod in a namespace that is not served, which is said",
      namespace: { labels: { "pullring.dev/inject": "false" } },
      create: (namespace) => createWaitingPod(api, namespace, "pod"),
      said: /a new Pod would not be served: namespace \S+ is left out by its label pullring\.dev\/inject/,
    },
    {
      title: "a Pod of an owner of another kind, which is named",
      create: async (namespace) => {
        const owner = await namespace.create("configmaps", {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "flow" },
        });
        const { uid } = owner.metadata;
        const reference = { apiVersion: "v1", kind: "ConfigMap", name: "flow", uid, controller: true };
        return createWaitingPod(api, namespace, "step", { ownerReferences: [reference] });
      },
      said: /whether ConfigMap flow makes it again is not known\. Fix: if it does: kubectl -n \S+ delete pod step/,
    },
    {
      title: "a Pod of a Job without room for a failure, with what counts none",
      create: async (namespace) => {
        const template = templateOf("job", IMAGE, { restartPolicy: "Never" });
        await namespace.create("batch/v1/jobs", {
          apiVersion: "batch/v1",
          kind: "Job",
          metadata: { name: "once" },
          spec: { backoffLimit: 0, template },
        });
        return onlyWaiting(namespace, "app=job");
      },
      said: /could fail Job once\. Fix: suspend and resume the Job, .*patch job once -p '\{"spec":\{"suspend":true\}\}' && /,
    },
    {
      title: "a Pod that lists a credential for its image, which has to be looked into",
      create: async (namespace) => {
        await namespace.create("secrets", credentialOf("mine", "registry.example"));
        const pod = await namespace.create("pods", {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "pod" },
          spec: { containers: [{ name: "main", image: IMAGE }], imagePullSecrets: [{ name: "mine" }] },
        });
        return letWait(api, pod, "ImagePullBackOff");
      },
      said: /the Pod lists Secret "mine", which is for "registry\.example\/app"\. Fix: check that its user may pull/,
    },
  ];

  async function onlyWaiting(namespace: Namespace, labelSelector: string): Promise<KubeObject> {
    const [pod] = await letPodsWait(api, namespace, { labelSelector, count: 1 });
    assert.ok(pod);
    return pod;
  }

  for (const [position, { title, namespace: metadata = {}, create, said }] of rows.entries()) {
    test(title, async () => {
      const namespace = await createNamespace(api, `row-${position}`, metadata as Record<string, unknown>);
      const pod = await create(namespace);
      await addCredential(namespace);
      await waitUntilSaid(namespace, pod.metadata.uid, said);
    });
  }

  test("where pullring only observes, that is said", async () => {
    const path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/pullring";
    const configuration = await api.expect<KubeObject & { webhooks: readonly { clientConfig: { url: string } }[] }>(
      "GET",
      path,
    );
    const webhooks = configuration.webhooks.map((webhook) => {
      const url = webhook.clientConfig.url.replace(/mutate$/, "observe");
      return { ...webhook, clientConfig: { ...webhook.clientConfig, url } };
    });
    const observing = await api.expect("PUT", path, { ...configuration, webhooks });
    const namespace = await createNamespace(api, "observed");
    const pod = await createWaitingPod(api, namespace, "pod");
    await addCredential(namespace);
    await waitUntilSaid(
      namespace,
      pod.metadata.uid,
      /the webhook configuration has pullring observe and change nothing/,
    );
    const { resourceVersion } = observing.metadata;
    await api.expect("PUT", path, { ...configuration, metadata: { ...configuration.metadata, resourceVersion } });
  });

  test("a Pod that is gone is forgotten, and the log holds no password", async () => {
    await api.expect("DELETE", "/api/v1/namespaces/row-0/pods/pod?gracePeriodSeconds=0");
    await api.expect("DELETE", "/api/v1/namespaces/row-1/pods/pod?gracePeriodSeconds=0");
    await waitUntil("no Pod that opted out but the Deployment's", async () => (await waiting("opted-out")) === 1);
    assert.ok(!controller.process.readLog().includes(PASSWORD));
  });
});
