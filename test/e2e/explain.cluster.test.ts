/** `pullring explain` against a cluster, with the rights of the person who asks. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Run, runPullring } from "../cli/run-pullring.ts";
import { type ControlPlane, startControlPlane } from "./control-plane/control-plane.ts";
import { createNamespace } from "./webhook/namespace.ts";
import { credentialOf, deploymentOf } from "./webhook/objects.ts";

const RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/team";

describe("explain without --credentials", () => {
  let plane: ControlPlane;
  before(async () => {
    plane = await startControlPlane({ users: [{ name: "alice", groups: ["dev"] }] });
    for (const name of ["team", "closed"]) {
      const namespace = await createNamespace(plane.api, name);
      await namespace.create("secrets", credentialOf("testquay", "quay.io"));
    }
    const rules = [{ apiGroups: [""], resources: ["secrets", "serviceaccounts"], verbs: ["list"] }];
    await plane.api.expect("POST", `${RBAC}/roles`, { metadata: { name: "explain" }, rules });
    await plane.api.expect("POST", `${RBAC}/rolebindings`, {
      metadata: { name: "explain" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "explain" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "alice" }],
    });
  });
  after(() => plane?.stop());

  /** Explains a Deployment in each of the namespaces. */
  function explain(kubeconfig: string, ...namespaces: readonly string[]): Promise<Run> {
    const items = namespaces.map((namespace) => {
      return { ...deploymentOf("web", "quay.io/acme/web:1"), metadata: { name: "web", namespace } };
    });
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    return runPullring(["explain", `--kubeconfig=${kubeconfig}`, "-f", "-", "-o", "json"], input);
  }

  test("decides with the credentials of the namespaces of its input", async () => {
    const { status, stdout, stderr } = await explain(plane.adminKubeconfig, "team", "closed");
    const note = "the cluster has no webhook configuration of pullring; explained with that of its manifests";
    assert.deepEqual([status, stderr], [0, `note: ${note}\n`]);
    const { objects, credentials } = JSON.parse(stdout) as Explanation;
    assert.deepEqual(objects.map(addedOf), ["team: testquay", "closed: testquay"]);
    const type = "kubernetes.io/dockerconfigjson";
    const credential = {
      name: "testquay",
      type,
      status: "usable",
      reason: null,
      registries: ["quay.io"],
      sharedFrom: null,
      findings: [],
    };
    assert.deepEqual(credentials, [
      { namespace: "closed", ...credential },
      { namespace: "team", ...credential },
    ]);
  });

  test("says where a Secret is that is not where the kubelet looks, as far as the person may see it", async () => {
    const other = await createNamespace(plane.api, "other");
    await other.create("secrets", credentialOf("far", "far.example"));
    await other.create("secrets", opaqueOf("opaque-far"));
    await plane.api.expect("POST", "/api/v1/namespaces/team/secrets", opaqueOf("opaque"));
    const imagePullSecrets = ["far", "opaque-far", "opaque", "gone"].map((name) => ({ name }));
    const object = {
      ...deploymentOf("web", "far.example/app", { imagePullSecrets }),
      metadata: { name: "web", namespace: "team" },
    };
    const images = { ...deploymentOf("bare", "far.example/app"), metadata: { name: "bare", namespace: "team" } };
    const input = `${JSON.stringify(object)}${JSON.stringify(images)}`;
    const whereabouts = async (kubeconfig: string): Promise<readonly (readonly string[])[]> => {
      const { stdout } = await runPullring(["explain", `--kubeconfig=${kubeconfig}`, "-f", "-", "-o", "json"], input);
      return (JSON.parse(stdout) as Explanation).objects.map((explained) =>
        explained.whereabouts.map(({ code, secret, elsewhere = "" }) => `${secret}: ${code} ${elsewhere}`),
      );
    };
    assert.deepEqual(await whereabouts(plane.adminKubeconfig), [
      ["far: missing other", "opaque-far: missing other", "opaque: unread-type ", "gone: missing "],
      ["far: serves-elsewhere other"],
    ]);
    assert.deepEqual(await whereabouts(plane.kubeconfigFor("alice")), [
      ["far: missing ", "opaque-far: missing ", "opaque: unread-type ", "gone: missing "],
      [],
    ]);
  });

  test("names the rights that a person lacks, and explains the rest", async () => {
    const kubeconfig = plane.kubeconfigFor("alice");
    const { status, stdout, stderr } = await explain(kubeconfig, "team", "closed");
    const lines = ["secrets", "serviceaccounts"].map(
      (resource) =>
        `pullring: ${resource} of namespace closed: missing right: list ${resource} in namespace closed; explained as if there were none\n`,
    );
    const notes = [
      "deployments: missing right: get deployments; explained as if they were new",
      "namespaces: missing right: get namespaces; explained as if they had no labels",
      "the webhook configuration: missing right: list mutatingwebhookconfigurations in all namespaces; explained with that of pullring's own manifests",
    ].map((note) => `note: ${note}\n`);
    assert.deepEqual([status, stderr], [2, [...notes, ...lines].join("")]);
    const { objects } = JSON.parse(stdout) as Explanation;
    assert.deepEqual(objects.map(addedOf), ["team: testquay", "closed: "]);
  });
});

/** Makes a Secret of type Opaque. */
const opaqueOf = (name: string): object => ({ apiVersion: "v1", kind: "Secret", metadata: { name }, type: "Opaque" });

interface Explanation {
  readonly objects: readonly {
    readonly namespace: string;
    readonly imagePullSecrets: { readonly added: readonly string[] };
    readonly whereabouts: readonly { readonly code: string; readonly secret: string; readonly elsewhere?: unknown }[];
  }[];
  readonly credentials: readonly object[];
}

function addedOf({ namespace, imagePullSecrets }: Explanation["objects"][number]): string {
  return `${namespace}: ${imagePullSecrets.added}`;
}
