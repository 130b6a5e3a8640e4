/** `pullring explain pod/web` against a cluster: what is there, what a new Pod would get, and the one verdict. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Explained } from "../../src/cli/explain/report.ts";
import { type Run, runPullring } from "../cli/run-pullring.ts";
import { waitUntil } from "../wait-until.ts";
import type { KubeObject } from "./control-plane/api-client.ts";
import { letWait } from "./healing/waiting-pods.ts";
import { type InstalledPlane, PATIENT, startInstalledPlane } from "./webhook/installed-plane.ts";
import { createNamespace, type Namespace } from "./webhook/namespace.ts";
import { credentialOf, deploymentOf, podOf, templateOf } from "./webhook/objects.ts";

const IMAGE = "registry.example/app";
const PASSWORD = "pa55word-radioactive";

describe("explain of objects of the cluster", () => {
  let installed: InstalledPlane;
  let shop: Namespace;

  before(async () => {
    installed = await startInstalledPlane({ ...PATIENT, plane: { users: [{ name: "alice", groups: ["dev"] }] } });
    const { api } = installed.plane;
    shop = await createNamespace(api, "shop");
    // All of these come before their credential.
    await letWait(api, await shop.create("pods", labelled(podOf("web", IMAGE), "web")));
    await shop.create("apps/v1/deployments", { ...deploymentOf("shop", IMAGE), spec: deploymentSpec(2) });
    for (const pod of await shop.waitForPods("app=shop", 2)) await letWait(api, pod);
    const { metadata } = await shop.read("pods", "web");
    const createdAt = Date.parse((metadata as { readonly creationTimestamp?: string }).creationTimestamp ?? "");
    await waitUntil("two seconds after the Pod", () => Date.now() - createdAt > 2_500);
    await shop.create(
      "secrets",
      credentialOf("regcred", "registry.example", { username: "robot", password: PASSWORD }),
    );
  });
  after(() => installed?.plane.stop());

  /** Runs explain, and shows no password. */
  async function explain(...args: readonly string[]): Promise<Run> {
    return await explainAs(installed.plane.adminKubeconfig, ...args);
  }

  async function explainAs(kubeconfig: string, ...args: readonly string[]): Promise<Run> {
    const run = await runPullring(["explain", `--kubeconfig=${kubeconfig}`, ...args]);
    assert.ok(!(run.stdout + run.stderr).includes(PASSWORD), "no password is shown");
    return run;
  }

  async function explainJson(...args: readonly string[]): Promise<readonly Explained[]> {
    const { status, stdout, stderr } = await explain(...args, "-o", "json");
    assert.deepEqual([status, stderr], [0, ""]);
    return (JSON.parse(stdout) as { readonly objects: readonly Explained[] }).objects;
  }

  test("says of a Pod that came before its Secret that another one would have it, and when the Secret came", async () => {
    const startedAt = performance.now();
    const { status, stdout, stderr } = await explain("pod/web", "-n", "shop");
    console.log(`explain pod/web took ${Math.round(performance.now() - startedAt)} ms`);
    console.log(stdout);
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
    console.log(stdout);
    const [deployment, ...others] = await explainJson("deploy/shop", "-n", "shop");
    assert.deepEqual(others, []);
    assert.equal(deployment?.live?.verdict.code, "replaceable");
    assert.equal(deployment?.live?.pods.length, 2);
    assert.equal(deployment?.live?.verdict.remedy, "kubectl -n shop rollout restart deployment shop");
  });
});

function labelled(object: object, app: string): object {
  const { metadata } = object as KubeObject;
  return { ...object, metadata: { ...metadata, labels: { app } } };
}

function deploymentSpec(replicas: number): object {
  return { replicas, selector: { matchLabels: { app: "shop" } }, template: templateOf("shop", IMAGE) };
}
