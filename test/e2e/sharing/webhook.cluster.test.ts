/**
 * `pullring serve --shared-namespace` on a real API server, with the rights of the component and no controller at all: a Pod gets
 * the name of a shared credential before any copy is there, in the very second in which its namespace is made.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Explained } from "../../../src/cli/explain/report.ts";
import { runPullring } from "../../cli/run-pullring.ts";
import { waitUntil } from "../../wait-until.ts";
import type { ApiClient, KubeObject } from "../control-plane/api-client.ts";
import { type InstalledPlane, startInstalledPlane } from "../webhook/installed-plane.ts";
import { type Namespace, namespaceOf } from "../webhook/namespace.ts";
import { credentialOf, deploymentOf, podOf, pullSecretsOf } from "../webhook/objects.ts";
import { createNamespaces, PASSWORD, setLabels, sharedCredential } from "./shared-plane.ts";

const IMAGE = "acme/app:1";

describe("pullring serve --shared-namespace", () => {
  let installed: InstalledPlane;
  let api: ApiClient;
  let shared: Namespace;
  before(async () => {
    installed = await startInstalledPlane({
      plane: { auditLog: true },
      components: ["sharing"],
      pullring: {
        flags: ["--shared-namespace=pullring-shared", "--credential-selector=pull!=no", "--live-read-timeout=9s"],
      },
    });
    api = installed.plane.api;
    shared = namespaceOf(api, "pullring-shared");
  });
  after(() => installed?.plane.stop());

  /** A new namespace, as soon as Pods can be made in it. */
  async function begin(name: string, labels: Readonly<Record<string, string>>): Promise<Namespace> {
    const [namespace] = await createNamespaces(api, [name], labels);
    await waitForAccount(name);
    return namespace as Namespace;
  }
  const waitForAccount = (name: string): Promise<boolean> =>
    waitUntil(`the ServiceAccount of ${name}`, async () => {
      return (await api.request("GET", `/api/v1/namespaces/${name}/serviceaccounts/default`)).status === 200;
    });
  const createPod = async (namespace: Namespace, name = "web"): Promise<readonly string[]> =>
    pullSecretsOf(await namespace.create("pods", podOf(name, IMAGE)));

  test("one file with a Namespace and its Deployment: each of its Pods has the name, 20 times", async () => {
    await shared.create("secrets", sharedCredential("hub", "team=shop,stage!=prod"));
    for (let round = 0; round < 20; round += 1) {
      const name = `born-${round}`;
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { team: "shop" } } };
      const deployment = deploymentOf("web", IMAGE) as { readonly metadata: object };
      const items = [namespace, { ...deployment, metadata: { ...deployment.metadata, namespace: name } }];
      await installed.plane.kubectl(["apply", "-f", "-"], { apiVersion: "v1", kind: "List", items });
      const [pod] = await namespaceOf(api, name).waitForPods("app=web", 1);
      assert.deepEqual(pullSecretsOf(pod as KubeObject), ["hub"], name);
    }
  });

  test("a bare Pod has it right after its namespace, after its source and after a label", async () => {
    for (let round = 0; round < 5; round += 1) {
      assert.deepEqual(await createPod(await begin(`bare-${round}`, { team: "shop" })), ["hub"]);
      const namespace = await begin(`later-${round}`, { round: String(round) });
      assert.deepEqual(await createPod(namespace), []);
      await setLabels(api, namespace, { team: "shop" });
      assert.deepEqual(await createPod(namespace, "labelled"), ["hub"]);
      await setLabels(api, namespace, { team: null });
      assert.deepEqual(await createPod(namespace, "not-any-more"), []);
      await shared.create("secrets", sharedCredential(`fresh-${round}`, `round=${round}`));
      assert.deepEqual(await createPod(namespace, "shared"), [`fresh-${round}`]);
      await shared.remove("secrets", `fresh-${round}`);
      assert.deepEqual(await createPod(namespace, "gone"), []);
    }
  });

  test("a namespace that the selector leaves out gets nothing", async () => {
    assert.deepEqual(await createPod(await begin("prod", { team: "shop", stage: "prod" })), []);
    assert.deepEqual(await createPod(await begin("other", { team: "other" })), []);
  });

  test("the namespace's own Secret of that name decides", async () => {
    const namespace = await begin("own", { team: "shop" });
    await namespace.create("secrets", credentialOf("hub", "quay.io"));
    assert.deepEqual(await createPod(namespace), []);
    const pod = await namespace.create("pods", podOf("quay", "quay.io/acme/app"));
    assert.deepEqual(pullSecretsOf(pod), ["hub"]);
    await namespace.remove("secrets", "hub");
    assert.deepEqual(await createPod(namespace, "again"), ["hub"]);
  });

  test("nor is it added where the kubelet would read a Secret of the namespace that is not chosen as a credential", async () => {
    const namespace = await begin("not-chosen", { team: "shop" });
    const malformed = { ".dockerconfigjson": Buffer.from('{"auths":{"quay.io":{"auth":"!"}}}').toString("base64") };
    const metadata = { name: "hub", labels: { pull: "no" } };
    await namespace.create("secrets", { ...credentialOf("hub", "quay.io"), metadata, data: malformed });
    assert.deepEqual(await createPod(namespace), []);
    await namespace.remove("secrets", "hub");
    assert.deepEqual(await createPod(namespace, "again"), ["hub"]);
  });

  test("a selector that cannot be read, a Secret of another type and one of another namespace are for nobody", async () => {
    await shared.create("secrets", sharedCredential("broken", "case in broken"));
    await shared.create("secrets", { ...sharedCredential("opaque", "case=broken"), type: "Opaque" });
    await namespaceOf(api, "default").create("secrets", sharedCredential("elsewhere", "case=broken"));
    assert.deepEqual(await createPod(await begin("broken", { case: "broken" })), []);
  });

  test("explain decides the same, and says where the Secret comes from", async () => {
    const flags = [`--kubeconfig=${installed.plane.adminKubeconfig}`, "--shared-namespace=pullring-shared"];
    const namespace = await begin("explained", { team: "shop" });
    const explainImage = async (...more: readonly string[]): Promise<Explained> => {
      const run = await runPullring(["explain", "--image", IMAGE, "-n", namespace.name, "-o", "json", ...more]);
      assert.equal(run.status, 0, run.stderr);
      return (JSON.parse(run.stdout) as { readonly objects: readonly [Explained] }).objects[0];
    };
    const { imagePullSecrets, shared: secrets } = await explainImage(...flags);
    assert.deepEqual(imagePullSecrets.added, await createPod(namespace));
    assert.deepEqual(secrets, [{ secret: "hub", from: "pullring-shared", isThere: false }]);
    const live = await runPullring(["explain", "pod/web", "-n", namespace.name, ...flags]);
    assert.match(live.stdout, /\n {2}hub, shared from pullring-shared; its copy is not there yet\n/);
    const { metadata, ...copy } = sharedCredential("hub", "") as { readonly metadata: object };
    const labels = { "app.kubernetes.io/managed-by": "pullring" };
    const annotations = { "pullring.dev/shared-from": "pullring-shared/hub" };
    await namespace.create("secrets", { ...copy, metadata: { ...metadata, labels, annotations } });
    const withoutFlag = await explainImage(flags[0] as string);
    assert.deepEqual(withoutFlag.shared, [{ secret: "hub", from: "pullring-shared", isThere: true }]);
    assert.doesNotMatch(live.stdout + live.stderr + JSON.stringify(withoutFlag), new RegExp(PASSWORD));
  });

  test("it uses each right of the component, and was refused nothing", () => {
    const mine = installed.plane
      .auditEvents()
      .filter(({ user }) => user.username === "system:serviceaccount:pullring:pullring");
    const verbs = mine.filter(({ objectRef }) => objectRef?.resource === "namespaces").map(({ verb }) => verb);
    assert.deepEqual([...new Set(verbs)].sort(), ["get", "list", "watch"]);
    assert.deepEqual(
      mine.filter(({ responseStatus }) => responseStatus?.code === 403),
      [],
    );
  });

  test("without its right it names that, and goes on with what it knows", async () => {
    const namespace = await begin("without-right", { team: "shop" });
    await namespace.create("secrets", credentialOf("own", "quay.io"));
    const path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/pullring-namespaces";
    await api.expect("PATCH", path, { rules: [] });
    let round = 0;
    await waitUntil("words about the right", async () => {
      round += 1;
      const pod = await namespace.create("pods", podOf(`round-${round}`, "quay.io/acme/app"));
      assert.deepEqual(pullSecretsOf(pod), ["own"]);
      const { text } = await installed.pullring.admin("/readyz");
      return text.includes("live reads not possible (missing right: get namespaces in all namespaces)");
    });
  });
});
