/** Rancher's project-scoped registry credentials: one Secret of a project, a copy of it in each of the project's namespaces. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ControlPlane } from "./control-plane/control-plane.ts";
import { startInstalledPlane } from "./webhook/installed-plane.ts";
import { createNamespace, type Namespace } from "./webhook/namespace.ts";
import { credentialOf, deploymentOf, podOf, pullSecretsOf } from "./webhook/objects.ts";

const PROJECT = "c-m-7xkqp2vd:p-w5jzn";
const IMAGE = "registry.corp.example:5000/team/api:3";

describe("a credential of a Rancher project", () => {
  let plane: ControlPlane;
  let members: readonly Namespace[];
  let other: Namespace;
  before(async () => {
    ({ plane } = await startInstalledPlane());
    // The namespace that Rancher keeps for the project itself, and those that people work in.
    const annotations = { "field.cattle.io/projectId": PROJECT };
    const [, projectId] = PROJECT.split(":");
    const labels = { "field.cattle.io/projectId": projectId };
    const member = (name: string): Promise<Namespace> => createNamespace(plane.api, name, { annotations, labels });
    members = await Promise.all(["shop", "billing", "search"].map(member));
    other = await createNamespace(plane.api, "elsewhere");
    for (const namespace of members) await namespace.create("secrets", projectCopy(namespace.name));
  });
  after(() => plane?.stop());

  test("is used in every namespace of the project, by Pods and by templates", async () => {
    for (const namespace of members) {
      const pod = await namespace.create("pods", podOf("api", IMAGE));
      assert.deepEqual(pullSecretsOf(pod), ["project-registry"]);
      const deployment = await namespace.create("apps/v1/deployments", deploymentOf("api", IMAGE));
      assert.deepEqual(pullSecretsOf(deployment), ["project-registry"]);
    }
  });

  test("is used in a namespace that is moved into the project, as soon as its copy is there", async () => {
    assert.deepEqual(pullSecretsOf(await other.create("pods", podOf("api", IMAGE))), []);
    const annotations = { "field.cattle.io/projectId": PROJECT };
    await plane.api.expect("PATCH", "/api/v1/namespaces/elsewhere", { metadata: { annotations } });
    await other.create("secrets", projectCopy("elsewhere"));
    const pod = await other.create("pods", podOf("api-after-move", IMAGE));
    assert.deepEqual(pullSecretsOf(pod), ["project-registry"]);
  });
});

/** The copy as Rancher writes it into a namespace of the project. */
function projectCopy(namespace: string): object {
  const [, project] = PROJECT.split(":");
  const metadata = {
    name: "project-registry",
    namespace,
    labels: { "management.cattle.io/project-scoped-secret": project },
    annotations: {
      "field.cattle.io/projectId": PROJECT,
      "management.cattle.io/project-scoped-secret-copy": "true",
    },
  };
  return { ...credentialOf("project-registry", "registry.corp.example:5000"), metadata };
}
