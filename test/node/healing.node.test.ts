/**
 * `pullring controller --heal` on a real node, as the Pods of its component: what waits for an image when its credential comes, or when
 * pullring has been away, runs a moment later, and nothing else is touched.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { dirname } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { findBinaries } from "../e2e/binaries/find.ts";
import type { KubeObject } from "../e2e/control-plane/api-client.ts";
import { saidAbout, waitUntilSaid } from "../e2e/healing/waiting-pods.ts";
import { createNamespace, type Namespace, namespaceOf } from "../e2e/webhook/namespace.ts";
import { deploymentOf, podOf, pullSecretsOf, templateOf } from "../e2e/webhook/objects.ts";
import { kustomize } from "../manifests/render.ts";
import { waitUntil } from "../wait-until.ts";
import { readPodUsage } from "./boot/control-groups.ts";
import { type RealNode, startNode } from "./boot/real-node.ts";
import { createCredential, installPullring, waitForRollout, waitWith } from "./install/person.ts";

const QUICK = { terminationGracePeriodSeconds: 0 };
const PRIVATE = "quay.io/profile/app:1";
const PUBLIC = "quay.io/public/app:1";
const DEPLOYMENTS = 20;
const AWAY_MS = 60_000;

interface Status {
  readonly phase?: string;
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
}
interface ContainerStatus {
  readonly state?: { readonly waiting?: { readonly reason?: string } };
}

const statusOf = ({ status }: KubeObject): Status => (status ?? {}) as Status;
const isWaiting = (pod: KubeObject): boolean => {
  const { initContainerStatuses = [], containerStatuses = [] } = statusOf(pod);
  return [...initContainerStatuses, ...containerStatuses].some(({ state }) =>
    /^(ErrImagePull|ImagePullBackOff)$/.test(state?.waiting?.reason ?? ""),
  );
};
const uidsOf = (pods: readonly KubeObject[]): readonly string[] => pods.map(({ metadata }) => metadata.uid).sort();

describe("pullring controller --heal on a real node", () => {
  let node: RealNode;
  const kubectl = (...args: readonly string[]) => node.plane.kubectl(args);
  before(async () => {
    node = await startNode();
    await installPullring(node);
    await node.plane.kubectl(["apply", "-f", "-"], await kustomize(["healing"]));
    await waitWith(node, "pullring", "rollout", "status", "deployment/pullring-controller");
  });
  after(() => node?.stop());

  /** Runs the commands that an Event of the controller prints, in a shell, as a person does. */
  const runAsPrinted = async (said: string): Promise<void> => {
    const [command] = /kubectl .*$/.exec(said) ?? [];
    assert.ok(command, said);
    const { kubectl: path } = await findBinaries(["kubectl"]);
    const env = {
      PATH: `${dirname(path)}:${process.env.PATH}`,
      KUBECONFIG: node.plane.adminKubeconfig,
      HOME: node.plane.directory,
    };
    execFileSync("sh", ["-c", command], { env, stdio: ["ignore", "ignore", "inherit"] });
  };
  const addCredential = ({ name }: Namespace): Promise<void> =>
    createCredential(node, { namespace: name, name: "testquay", server: "quay.io", user: "profile" });
  const createDeployments = (namespace: Namespace, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, number) =>
        namespace.create("apps/v1/deployments", deploymentOf(`web-${number}`, PRIVATE, QUICK)),
      ),
    );
  /** All Pods of a namespace, once there are `count` and all of them wait for an image. */
  const waitForWaiting = (namespace: Namespace, count: number): Promise<readonly KubeObject[]> =>
    waitUntil(`${count} Pods that wait in ${namespace.name}`, async () => {
      const pods = await namespace.list("pods");
      return pods.length === count && pods.every(isWaiting) && pods;
    });
  /** All Pods of a namespace, once `count` run and no other is left. */
  const waitForRunning = (namespace: Namespace, count: number): Promise<readonly KubeObject[]> =>
    waitUntil(
      `${count} Pods that run in ${namespace.name}`,
      async () => {
        const pods = await namespace.list("pods");
        return pods.length === count && pods.every((pod) => statusOf(pod).phase === "Running") && pods;
      },
      { timeoutMs: 90_000, intervalMs: 50 },
    );
  /** Evictions in a namespace, as the controller told of them. */
  const evictionsIn = async (namespace: Namespace): Promise<number> => {
    const events = await namespace.list("events");
    const told = events.filter(
      ({ reason, involvedObject }) =>
        reason === "EvictedForPullSecret" && (involvedObject as { readonly kind: string }).kind === "Pod",
    );
    return told.length;
  };
  const tell = (context: TestContext, what: string, startedMs: number): void =>
    context.diagnostic(`${what}: ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);

  for (const round of [1, 2, 3]) {
    test(`a Deployment runs after its credential has come (${round})`, async (context) => {
      const namespace = await createNamespace(node.plane.api, `late-${round}`);
      await createDeployments(namespace, 1);
      const before = await waitForWaiting(namespace, 1);
      await addCredential(namespace);
      const start = performance.now();
      const pods = await waitForRunning(namespace, 1);
      tell(context, "credential to Running", start);
      assert.deepEqual(pods.map(pullSecretsOf), [["testquay"]]);
      assert.notDeepEqual(uidsOf(pods), uidsOf(before));
      assert.equal(await evictionsIn(namespace), 1);
    });
  }

  test("every kind of owner is healed, and bare Pods, a Job without room for a failure and what runs are not touched", async () => {
    const namespace = await createNamespace(node.plane.api, "kinds");
    const specOf = (app: string, spec: object = QUICK, image = PRIVATE) => ({
      selector: { matchLabels: { app } },
      template: templateOf(app, image, { ...QUICK, ...spec }),
    });
    const metadata = (name: string) => ({ metadata: { name } });
    await namespace.create("apps/v1/deployments", deploymentOf("public", PUBLIC, QUICK));
    await namespace.create("policy/v1/poddisruptionbudgets", {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      ...metadata("all"),
      spec: { maxUnavailable: 0, selector: {} },
    });
    await waitWith(node, "kinds", "rollout", "status", "deployment/public");
    const running = uidsOf(await namespace.list("pods", "app=public"));

    const init = { initContainers: [{ name: "init", image: PRIVATE, command: ["true"] }] };
    await namespace.create("apps/v1/deployments", {
      ...deploymentOf("init", PUBLIC),
      spec: specOf("init", init, PUBLIC),
    });
    const volume = {
      containers: [{ name: "main", image: PUBLIC, volumeMounts: [{ name: "v", mountPath: "/v", readOnly: true }] }],
      volumes: [{ name: "v", image: { reference: "quay.io/profile/volume:1" } }],
    };
    await namespace.create("apps/v1/deployments", {
      ...deploymentOf("volume", PUBLIC),
      spec: specOf("volume", volume),
    });
    const mixed = {
      containers: [
        { name: "runs", image: PUBLIC },
        { name: "waits", image: PRIVATE },
      ],
    };
    await namespace.create("apps/v1/deployments", { ...deploymentOf("mixed", PUBLIC), spec: specOf("mixed", mixed) });
    await namespace.create("apps/v1/replicasets", {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      ...metadata("set"),
      spec: specOf("set"),
    });
    await namespace.create("replicationcontrollers", {
      apiVersion: "v1",
      kind: "ReplicationController",
      ...metadata("controller"),
      spec: { template: templateOf("controller", PRIVATE, QUICK) },
    });
    await namespace.create("apps/v1/statefulsets", {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      ...metadata("stateful"),
      spec: { replicas: 2, ...specOf("stateful") },
    });
    await namespace.create("apps/v1/daemonsets", {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      ...metadata("daemon"),
      spec: specOf("daemon"),
    });
    const done = {
      restartPolicy: "Never",
      containers: [{ name: "main", image: "quay.io/profile/job:1", command: ["true"] }],
    };
    const job = (name: string, spec: object) =>
      namespace.create("batch/v1/jobs", {
        apiVersion: "batch/v1",
        kind: "Job",
        ...metadata(name),
        spec: { ...spec, template: templateOf(name, PRIVATE, done) },
      });
    await job("job", {});
    await job("once", { backoffLimit: 0 });
    await namespace.create("pods", podOf("bare", PRIVATE, QUICK));

    const kinds = ["init", "volume", "mixed", "set", "controller", "stateful", "daemon", "job", "once"];
    const before = new Map<string, KubeObject>();
    await waitUntil("all of them to wait", async () => {
      for (const pod of await namespace.list("pods")) {
        const { labels } = pod.metadata as { readonly labels?: Readonly<Record<string, string>> };
        if (isWaiting(pod)) before.set(labels?.app ?? pod.metadata.name, pod);
      }
      return before.size === kinds.length + 1;
    });
    await addCredential(namespace);
    await waitWith(node, "kinds", "rollout", "status", "deployment/init");
    await waitWith(node, "kinds", "rollout", "status", "deployment/volume");
    await waitWith(node, "kinds", "rollout", "status", "deployment/mixed");
    await waitWith(node, "kinds", "rollout", "status", "statefulset/stateful");
    await waitWith(node, "kinds", "rollout", "status", "daemonset/daemon");
    await waitWith(node, "kinds", "wait", "--for=jsonpath={.status.readyReplicas}=1", "rs/set", "rc/controller");
    await waitWith(node, "kinds", "wait", "--for=condition=Complete", "job/job");
    const { status } = await namespace.read("batch/v1/jobs", "job");
    assert.equal((status as { readonly failed?: number }).failed, 1);

    const uidOf = (name: string): string => before.get(name)?.metadata.uid ?? "";
    const ofJob = await waitUntilSaid(namespace, uidOf("once"), /could fail Job once\. Fix: .*: kubectl/);
    const ofBare = await waitUntilSaid(namespace, uidOf("bare"), /nobody would make it again\. Fix: kubectl/);
    assert.equal(await evictionsIn(namespace), kinds.length - 1);
    assert.deepEqual(uidsOf(await namespace.list("pods", "app=public")), running);
    assert.deepEqual(uidsOf(await namespace.list("pods", "app=once")), [uidOf("once")]);
    assert.equal((await namespace.read("pods", "bare")).metadata.uid, uidOf("bare"));

    await runAsPrinted(ofBare);
    await waitWith(node, "kinds", "wait", "--for=condition=Ready", "pod/bare");
    await runAsPrinted(ofJob);
    await waitWith(node, "kinds", "wait", "--for=condition=Complete", "job/once");
    const { status: resumed } = await namespace.read("batch/v1/jobs", "once");
    assert.equal((resumed as { readonly failed?: number }).failed ?? 0, 0);
  });

  test(`${DEPLOYMENTS} Deployments run after their credential has come, each by one eviction`, async (context) => {
    const namespace = await createNamespace(node.plane.api, "many");
    await createDeployments(namespace, DEPLOYMENTS);
    await waitForWaiting(namespace, DEPLOYMENTS);
    await addCredential(namespace);
    const start = performance.now();
    const pods = await waitForRunning(namespace, DEPLOYMENTS);
    tell(context, `credential to the last of ${DEPLOYMENTS} Running`, start);
    assert.ok(pods.every((pod) => pullSecretsOf(pod).join() === "testquay"));
    assert.equal(await evictionsIn(namespace), DEPLOYMENTS);
    await kubectl("delete", "namespace", "many", "--wait=false");
  });

  test(`${DEPLOYMENTS} Deployments that were made while pullring was away for a minute run after its return`, async (context) => {
    await kubectl("-n", "pullring", "scale", "deployment/pullring", "--replicas=0");
    const webhook = namespaceOf(node.plane.api, "pullring");
    const label = "app.kubernetes.io/name=pullring";
    await waitUntil("no Pod of pullring", async () => (await webhook.list("pods", label)).length === 0);
    const gone = performance.now();
    const namespace = await createNamespace(node.plane.api, "away");
    await addCredential(namespace);
    await createDeployments(namespace, DEPLOYMENTS);
    const before = await waitForWaiting(namespace, DEPLOYMENTS);
    await sleep(Math.max(0, gone + AWAY_MS - performance.now()));
    assert.deepEqual(uidsOf(await namespace.list("pods")), uidsOf(before));
    await kubectl("-n", "pullring", "scale", "deployment/pullring", "--replicas=2");
    await waitForRollout(node);
    const start = performance.now();
    const pods = await waitForRunning(namespace, DEPLOYMENTS);
    tell(context, `return of pullring to the last of ${DEPLOYMENTS} Running`, start);
    assert.ok(pods.every((pod) => pullSecretsOf(pod).join() === "testquay"));
    assert.equal(await evictionsIn(namespace), DEPLOYMENTS);
  });

  test("meanwhile the controller takes what it asks for at most", async (context) => {
    const [pod] = await namespaceOf(node.plane.api, "pullring").list(
      "pods",
      "app.kubernetes.io/name=pullring-controller",
    );
    const { memoryMiB, cpuSeconds } = readPodUsage(pod?.metadata.uid ?? "");
    context.diagnostic(
      `memory of the controller: ${memoryMiB.toFixed(0)} MiB; CPU until now: ${cpuSeconds.toFixed(1)} s`,
    );
    assert.ok(memoryMiB > 20 && memoryMiB < 128);
  });

  test("a Pod that no credential would help stays, and is told of once", async () => {
    const namespace = await createNamespace(node.plane.api, "helpless");
    await createDeployments(namespace, 1);
    const [pod] = await waitForWaiting(namespace, 1);
    const uid = pod?.metadata.uid ?? "";
    await createCredential(node, { namespace: "helpless", name: "other", server: "ghcr.io", user: "profile" });
    await waitUntilSaid(namespace, uid, /^LeftWithoutPullSecret: no credential of the namespace serves/);
    // Longer than the kubelet takes from ErrImagePull to ImagePullBackOff and back.
    await sleep(20_000);
    assert.equal((await saidAbout(namespace, uid)).length, 1);
    assert.deepEqual(uidsOf(await namespace.list("pods")), [uid]);
    assert.equal(await evictionsIn(namespace), 0);
  });
});
