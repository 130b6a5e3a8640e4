/** Others who write Pods: a node that shows its static Pods, and a webhook that adds a container after pullring has answered. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type RecordingWebhook, startRecordingWebhook } from "../manifests/recording-webhook.ts";
import { waitUntil } from "../wait-until.ts";
import type { ControlPlane } from "./control-plane/control-plane.ts";
import { apply } from "./webhook/install.ts";
import { startInstalledPlane } from "./webhook/installed-plane.ts";
import type { Namespace } from "./webhook/namespace.ts";
import { credentialOf, deploymentOf, podOf, pullSecretsOf } from "./webhook/objects.ts";

const NODE = "node-1";
const NODE_USER = { name: `system:node:${NODE}`, groups: ["system:nodes"] };
const apiGroup = "rbac.authorization.k8s.io";
/** The control plane has no Node authorizer; the role of nodes exists without anybody in it. */
const NODE_RIGHTS = {
  apiVersion: `${apiGroup}/v1`,
  kind: "ClusterRoleBinding",
  metadata: { name: "nodes" },
  roleRef: { apiGroup, kind: "ClusterRole", name: "system:node" },
  subjects: [{ apiGroup, kind: "Group", name: "system:nodes" }],
};
const SIDECAR = { name: "sidecar", image: "mesh.example/proxy:1" };

describe("beside other writers", () => {
  let plane: ControlPlane;
  let namespace: Namespace;
  let sidecars: RecordingWebhook | undefined;
  before(async () => {
    ({ plane, namespace } = await startInstalledPlane({ plane: { users: [NODE_USER] } }));
    await namespace.create("secrets", credentialOf("testquay", "quay.io"));
    await namespace.create("secrets", credentialOf("mesh", "mesh.example"));
  });
  after(async () => {
    await sidecars?.stop();
    await plane?.stop();
  });

  test("a mirror Pod that its node creates is stored as the node wrote it", async () => {
    await apply(plane, [NODE_RIGHTS]);
    const annotations = { "kubernetes.io/config.mirror": "0123456789abcdef" };
    const mirror = {
      ...podOf("static-web", "quay.io/acme/web:1", { nodeName: NODE, automountServiceAccountToken: false }),
      metadata: { name: "static-web", annotations },
    };
    const path = "/api/v1/namespaces/default/pods";
    const token = plane.userToken(NODE_USER.name);
    await waitUntil("the rights of the node", async () => {
      const answer = await plane.api.request("POST", path, mirror, { token });
      assert.ok([201, 403].includes(answer.status), `status ${answer.status}: ${JSON.stringify(answer.body)}`);
      return answer.status === 201;
    });
    assert.equal("imagePullSecrets" in ((await namespace.read("pods", "static-web")).spec as object), false);
  });

  test("the credential of a sidecar that a later webhook adds is added as well, each once", async () => {
    sidecars = await startSidecarWebhook(plane);
    await waitUntil("a Pod with the sidecar", async () => {
      const { spec } = await namespace.create("pods", podOf("meshed", "quay.io/acme/web:1"), "?dryRun=All");
      return (spec as { containers: readonly object[] }).containers.length === 2;
    });
    const stored = await namespace.create("pods", podOf("meshed", "quay.io/acme/web:1"));
    assert.deepEqual(pullSecretsOf(stored), ["testquay", "mesh"]);
  });

  test("the Pods of a Deployment get the sidecar's credential, and its template does not", async () => {
    const deployment = deploymentOf("meshed", "quay.io/acme/web:1");
    const stored = await namespace.create("apps/v1/deployments", deployment);
    assert.deepEqual(pullSecretsOf(stored), ["testquay"]);
    const [pod] = await namespace.waitForPods("app=meshed", 1);
    assert.deepEqual(pod && pullSecretsOf(pod), ["testquay", "mesh"]);
  });
});

/** A webhook that adds a container to every Pod, configured under a name that comes after pullring's. */
async function startSidecarWebhook(plane: ControlPlane): Promise<RecordingWebhook> {
  const recorder = await startRecordingWebhook(plane.directory, (pod) => {
    const { containers } = (pod as { spec: { containers: readonly { name: string }[] } }).spec;
    const has = containers.some(({ name }) => name === SIDECAR.name);
    return has ? [] : [{ op: "add", path: "/spec/containers/-", value: SIDECAR }];
  });
  const webhook = {
    name: "sidecar.mesh.example",
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    clientConfig: { url: recorder.url, caBundle: recorder.caBundle },
    rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"] }],
  };
  const configuration = { apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingWebhookConfiguration" };
  await apply(plane, [{ ...configuration, metadata: { name: "sidecars" }, webhooks: [webhook] }]);
  return recorder;
}
