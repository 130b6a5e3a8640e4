/** `pullring explain pod/web` against a cluster: what is there, what a new Pod would get, and the one verdict. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { CORE_SCHEMA, load } from "js-yaml";
import type { Explained } from "../../src/cli/explain/report.ts";
import { type Run, runPullring } from "../cli/run-pullring.ts";
import { waitUntil } from "../wait-until.ts";
import type { KubeObject } from "./control-plane/api-client.ts";
import { createOwners, OWNERS } from "./healing/owners.ts";
import { letPodsWait, letWait } from "./healing/waiting-pods.ts";
import { type InstalledPlane, PATIENT, startInstalledPlane } from "./webhook/installed-plane.ts";
import { createNamespace, type Namespace } from "./webhook/namespace.ts";
import { credentialOf, deploymentOf, podOf, pullSecretsOf, templateOf } from "./webhook/objects.ts";

const IMAGE = "registry.example/app";
const PASSWORD = "pa55word-radioactive";
const USER = "us3r-radioactive";
const LOGIN = { username: USER, password: PASSWORD };

const SECRETS = new RegExp([USER, PASSWORD].flatMap((text) => [text, btoa(text).slice(0, 12)]).join("|"));

describe("explain of objects of the cluster", () => {
  let installed: InstalledPlane;
  let shop: Namespace;
  let other: Namespace;

  before(async () => {
    installed = await startInstalledPlane({
      ...PATIENT,
      plane: { users: ["alice", "bob"].map((name) => ({ name, groups: ["dev"] })) },
    });
    const { api } = installed.plane;
    shop = await createNamespace(api, "shop");
    // All of these come before their credential.
    await letWait(api, await shop.create("pods", labelled(podOf("web", IMAGE), "web")));
    await shop.create("apps/v1/deployments", { ...deploymentOf("shop", IMAGE), spec: deploymentSpec(2) });
    for (const pod of await shop.waitForPods("app=shop", 2)) await letWait(api, pod);
    other = await createNamespace(api, "other");
    await letWait(api, await other.create("pods", labelled(podOf("web", IMAGE), "web")));
    await other.create("apps/v1/deployments", deploymentOf("helped", IMAGE));
    await letPodsWait(api, other, { labelSelector: "app=helped", count: 1 });
    const named = podOf("named", IMAGE, { imagePullSecrets: [{ name: "regcred" }] });
    await letWait(api, await other.create("pods", named));
    const owners = await createNamespace(api, "owners");
    await createOwners(installed.plane, owners);
    for (const app of OWNERS) await letPodsWait(api, owners, { labelSelector: `app=${app}`, count: 1 });
    const { metadata } = await shop.read("pods", "web");
    const createdAt = Date.parse((metadata as { readonly creationTimestamp?: string }).creationTimestamp ?? "");
    await waitUntil("two seconds after the Pod", () => Date.now() - createdAt > 2_500);
    for (const namespace of [shop, other, owners]) {
      await namespace.create("secrets", credentialOf("regcred", "registry.example", LOGIN));
    }
  });
  after(() => installed?.plane.stop());

  test("--try reads the Secret again and asks with it", async () => {
    const { stdout } = await explain("pod/web", "-n", "shop", "--try", "-o", "json");
    const { objects } = JSON.parse(stdout) as { readonly objects: readonly Explained[] };
    const attempts = objects[0]?.trials?.flatMap((trial) => trial.attempts) ?? [];
    // There is no such registry anywhere.
    assert.deepEqual(
      attempts.map(({ secret, registry, code }) => [secret, registry, code === "pulls"]),
      [["regcred", "registry.example", false]],
    );
  });

  /** Runs explain, and shows no password. */
  async function explain(...args: readonly string[]): Promise<Run> {
    return await explainAs(installed.plane.adminKubeconfig, ...args);
  }

  async function explainAs(kubeconfig: string, ...args: readonly string[]): Promise<Run> {
    const run = await runPullring(["explain", `--kubeconfig=${kubeconfig}`, ...args]);
    assert.doesNotMatch(run.stdout + run.stderr, SECRETS, "no user name and no password is shown");
    return run;
  }

  /** A Pod with a container that waits as the kubelet says. */
  async function setWaiting(name: string, waiting: object): Promise<KubeObject> {
    await shop.create("pods", podOf(name, "elsewhere.example/app"));
    const status = { name: "main", image: "", imageID: "", ready: false, restartCount: 0, state: { waiting } };
    const path = `/api/v1/namespaces/shop/pods/${name}/status`;
    return await installed.plane.api.expect("PATCH", path, { status: { containerStatuses: [status] } });
  }

  async function explainJson(...args: readonly string[]): Promise<readonly Explained[]> {
    const { status, stdout, stderr } = await explain(...args, "-o", "json");
    assert.deepEqual([status, stderr], [0, ""]);
    return (JSON.parse(stdout) as { readonly objects: readonly Explained[] }).objects;
  }

  test("says of a Pod that came before its Secret that another one would have it, and when the Secret came", async (t) => {
    const startedAt = performance.now();
    const { status, stdout, stderr } = await explain("pod/web", "-n", "shop");
    t.diagnostic(`explain pod/web took ${Math.round(performance.now() - startedAt)} ms`);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^OBJECT +CONTAINER +IMAGE +STATE +TRIED NOW +NEW POD TRIES\n/);
    assert.match(stdout, /\nPod shop\/web +main +registry\.example\/app +ErrImagePull +- +regcred\n/);
    const [pod] = await explainJson("po/web", "-n", "shop");
    assert.equal(pod?.live?.verdict.code, "bare-pod");
    assert.equal(pod?.live?.arrival?.secret, "regcred");
    const { afterSeconds = 0 } = pod?.live?.arrival ?? {};
    assert.ok(afterSeconds >= 2 && afterSeconds < 600, String(afterSeconds));
    assert.match(String(pod?.live?.verdict.sentence), /Secret "regcred" came \d+ s after it$/);
    assert.match(
      String(pod?.live?.verdict.remedy),
      /^kubectl -n shop get pod web -o yaml \| kubectl replace --force -f -$/,
    );
  });

  test("says of a Deployment that its Pods wait, and how to have them made again", async () => {
    const { stdout } = await explain("deployment/shop", "-n", "shop");
    assert.match(stdout, /\nDeployment shop\/shop +main +registry\.example\/app +- +- +regcred\n/);
    assert.match(stdout, /\n {2}Pod shop-\w+-\w+ +main +registry\.example\/app +ErrImagePull +-\n/);
    const [deployment, ...others] = await explainJson("deploy/shop", "-n", "shop");
    assert.deepEqual(others, []);
    assert.equal(deployment?.live?.verdict.code, "replaceable");
    assert.equal(deployment?.live?.pods.length, 2);
    assert.equal(deployment?.live?.verdict.remedy, "kubectl -n shop rollout restart deployment shop");
  });

  test("says of a Pod that names a Secret which came later that it gets better by itself", async () => {
    const [pod] = await explainJson("pod/named", "-n", "other");
    assert.deepEqual(pod?.live?.pods[0]?.images[0]?.credentials, ["regcred"]);
    assert.equal(pod?.live?.verdict.code, "has-credential");
    assert.match(String(pod?.live?.verdict.remedy), /^wait: the kubelet tries again within 5 minutes/);
  });

  test("shows the same as YAML, and more in a wide table", async () => {
    for (const object of ["pod/web", "deploy/shop"]) {
      const yaml = await explain(object, "-n", "shop", "-o", "yaml");
      const json = await explain(object, "-n", "shop", "-o", "json");
      const withoutAge = (text: string): string => text.replace(/"agoSeconds":\d+/, "");
      const parsed = JSON.stringify(load(yaml.stdout, { schema: CORE_SCHEMA }));
      assert.equal(withoutAge(parsed), withoutAge(JSON.stringify(JSON.parse(json.stdout))));
    }
    const { status, stdout } = await explain("pod/web", "-n", "shop", "-o", "wide");
    assert.equal(status, 0);
    assert.match(stdout, /\nSECRET +STATUS +REGISTRIES +REASON\nshop\/regcred +usable +registry\.example +-\n/);
  });

  test("takes objects by type and name, by label, of all namespaces, and several of them", async () => {
    const names = async (...args: readonly string[]): Promise<readonly string[]> =>
      (await explainJson(...args)).map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`).sort();
    assert.deepEqual(await names("pod", "web", "-n", "shop"), ["Pod shop/web"]);
    assert.deepEqual(await names("pods", "-l", "app=web", "-A"), ["Pod other/web", "Pod shop/web"]);
    assert.deepEqual(await names("pods", "-l", "app=web", "-n", "other"), ["Pod other/web"]);
    assert.deepEqual(await names("po/web", "deployment.apps/shop", "-n", "shop"), [
      "Deployment shop/shop",
      "Pod shop/web",
    ]);
    assert.equal((await names("pods", "-n", "shop")).length, 3);
  });

  for (const [kind, object, remedy] of [
    ["Deployment", "deployment/deployment", /^kubectl -n owners rollout restart deployment deployment$/],
    ["ReplicaSet", "rs", /^kubectl -n owners delete pod deployment-\w+-\w+$/],
    ["ReplicationController", "rc/controller", /^kubectl -n owners delete pod controller-\w+$/],
    ["StatefulSet", "sts/stateful", /^kubectl -n owners delete pod stateful-0$/],
    ["DaemonSet", "ds/daemon", /^kubectl -n owners rollout restart daemonset daemon$/],
    ["Job", "job/job", /^kubectl -n owners delete pod job-\w+$/],
    ["CronJob", "cj/cron", /^kubectl -n owners delete pod job-\w+$/],
  ] as const) {
    test(`finds the Pods of a ${kind} that wait, and says how they are made again`, async () => {
      const [workload] = await explainJson(object, "-n", "owners");
      assert.equal(workload?.kind, kind);
      assert.equal(workload?.live?.pods.length, 1);
      assert.deepEqual(workload?.live?.verdict.code, "replaceable");
      assert.match(String(workload?.live?.verdict.remedy), remedy);
      assert.deepEqual(workload?.images[0]?.credentials, ["regcred"], "what a new Pod tries");
    });
  }

  test("what it says to do for a Pod and a Deployment helps", async () => {
    const [deployment] = await explainJson("deploy/helped", "-n", "other");
    const [, ...command] = String(deployment?.live?.verdict.remedy).split(" ");
    assert.deepEqual(command, ["-n", "other", "rollout", "restart", "deployment", "helped"]);
    await installed.plane.kubectl(command);
    await waitUntil("a Pod with the Secret", async () => {
      const pods = await other.list("pods", "app=helped");
      return pods.some((pod) => pullSecretsOf(pod).includes("regcred"));
    });
    const { stdout } = await installed.plane.kubectl(["-n", "other", "get", "pod", "web", "-o", "yaml"]);
    await installed.plane.kubectl(["replace", "--force", "--grace-period=0", "-f", "-"], stdout);
    assert.deepEqual(pullSecretsOf(await other.read("pods", "web")), ["regcred"]);
    assert.equal((await explainJson("pod/web", "-n", "other"))[0]?.live?.verdict.code, "not-scheduled");
  });

  test("shows the kubelet's last message from outside as text, without the account in it", async () => {
    const message = `Back-off pulling image: ErrImagePull: \u001b[2J GET https://x.io/token?account=${USER}&a=b: 401`;
    await setWaiting("said", { reason: "ImagePullBackOff", message });
    const { stdout } = await explain("pod/said", "-n", "shop");
    assert.match(
      stdout,
      /\n {2}main: ImagePullBackOff: Back-off .*\\u001b\[2J GET https:\/\/x\.io\/token\?\.\.\.: 401\n/,
    );
    assert.ok(!stdout.includes(USER));
  });

  test("takes the kubelet's last message from the Events where the status has none", async () => {
    const { metadata } = await setWaiting("silent", {
      reason: "ImagePullBackOff",
      message: `Back-off pulling image "x"`,
    });
    await shop.create("events", {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: "silent.1" },
      involvedObject: {
        kind: "Pod",
        name: "silent",
        namespace: "shop",
        uid: metadata.uid,
        fieldPath: "spec.containers{main}",
      },
      reason: "Failed",
      type: "Warning",
      message: `Failed to pull image "${IMAGE}": 401 Unauthorized`,
      lastTimestamp: new Date().toISOString(),
    });
    const { stdout } = await explain("pod/silent", "-n", "shop");
    assert.match(stdout, /\n {2}main: ImagePullBackOff: Failed to pull image .*: 401 Unauthorized\n/);
  });

  test("an image is explained without any object", async () => {
    const [image] = await explainJson("--image", `${IMAGE}:2`, "-n", "shop");
    assert.deepEqual(image?.images[0]?.credentials, ["regcred"]);
    assert.equal(image?.live, null);
    const none = await explainJson("--image", "elsewhere.example/app", "--serviceaccount", "default", "-n", "shop");
    assert.deepEqual(none[0]?.images[0]?.credentials, []);
  });

  test("says what is not there, and that nothing matches", async () => {
    const gone = await explain("pod/gone", "-n", "shop");
    assert.equal(gone.status, 2);
    assert.equal(
      gone.stderr,
      'pullring: pods "gone" not found in namespace shop; kubectl -n shop get pods lists what is there\n',
    );
    const none = await explain("pods", "-l", "app=none", "-n", "shop", "-o", "json");
    assert.deepEqual([none.status, none.stderr], [0, "note: no such objects in namespace shop\n"]);
    assert.deepEqual((JSON.parse(none.stdout) as { readonly objects: unknown }).objects, []);
  });

  test("names the rights that a person lacks, and takes nothing for missing that could not be read", async () => {
    const kubeconfig = installed.plane.kubeconfigFor("alice");
    const refused = await explainAs(kubeconfig, "pod/web", "-n", "shop");
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /^pullring: pods "web": missing right: get pods\/web in namespace shop$/m);
    await grant(installed.plane, [
      { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
      { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"] },
    ]);
    const { status, stdout, stderr } = await explainAs(kubeconfig, "pod/silent", "-n", "shop");
    assert.equal(status, 2);
    assert.match(stdout, /Pod shop\/silent +main +\S+ +ImagePullBackOff +- +-\n/);
    assert.match(
      stdout,
      /is not known, as the Secrets of namespace shop could not be read\. Fix: ask again with the right/,
    );
    for (const line of [
      "note: events: missing right: list events; the kubelet may say more there",
      "note: namespaces: missing right: get namespaces; explained as if they had no labels",
      "pullring: secrets of namespace shop: missing right: list secrets in namespace shop; explained as if there were none",
      "pullring: serviceaccounts of namespace shop: missing right: list serviceaccounts in namespace shop; explained as if there were none",
    ]) {
      assert.ok(stderr.includes(`${line}\n`), `${line}\nis not in\n${stderr}`);
    }
  });

  test("does not say that no Pod waits where the Pods of a workload cannot be found", async () => {
    const kubeconfig = installed.plane.kubeconfigFor("alice");
    const { status, stdout, stderr } = await explainAs(kubeconfig, "deploy/shop", "-n", "shop");
    assert.equal(status, 2);
    assert.match(stderr, /^pullring: replicasets: missing right: list replicasets in namespace shop$/m);
    assert.match(stdout, /\n {2}whether Pods of it wait for an image is not known, as they could not be read\. Fix: /);
  });

  test("asks for all namespaces at once, and does without what of them may not be read", async () => {
    const resources = ["pods", "secrets", "serviceaccounts"];
    await grantEverywhere(installed.plane, { apiGroups: [""], resources, verbs: ["list"] });
    const kubeconfig = installed.plane.kubeconfigFor("bob");
    const { status, stdout, stderr } = await explainAs(kubeconfig, "pods", "-A", "-l", "app=web", "-o", "json");
    assert.equal(status, 0, stderr);
    assert.match(stderr, /^note: namespaces: missing right: list namespaces; explained as if they had no labels$/m);
    const { objects } = JSON.parse(stdout) as { readonly objects: readonly Explained[] };
    assert.deepEqual(objects.map(({ namespace, live }) => `${namespace}: ${live?.verdict.code}`).sort(), [
      "other: not-scheduled",
      "shop: bare-pod",
    ]);
  });
});

/** Gives bob rights in all namespaces, of which he may not read the namespaces themselves. */
async function grantEverywhere({ api }: InstalledPlane["plane"], rule: object): Promise<void> {
  const path = "/apis/rbac.authorization.k8s.io/v1";
  await api.expect("POST", `${path}/clusterroles`, { metadata: { name: "explain-all" }, rules: [rule] });
  await api.expect("POST", `${path}/clusterrolebindings`, {
    metadata: { name: "explain-all" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "explain-all" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "bob" }],
  });
}

/** Gives alice rights in namespace shop. */
async function grant({ api }: InstalledPlane["plane"], rules: readonly object[]): Promise<void> {
  const path = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop";
  await api.expect("POST", `${path}/roles`, { metadata: { name: "explain" }, rules });
  await api.expect("POST", `${path}/rolebindings`, {
    metadata: { name: "explain" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "explain" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "alice" }],
  });
}

function labelled(object: object, app: string): object {
  const { metadata } = object as KubeObject;
  return { ...object, metadata: { ...metadata, labels: { app } } };
}

function deploymentSpec(replicas: number): object {
  return { replicas, selector: { matchLabels: { app: "shop" } }, template: templateOf("shop", IMAGE) };
}
