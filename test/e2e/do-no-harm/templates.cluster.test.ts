/** Stories of workloads whose template pullring filled: each ends as it would without pullring, or better. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { waitUntil } from "../../wait-until.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { PATIENT, startInstalledPlane } from "../webhook/installed-plane.ts";
import type { Namespace } from "../webhook/namespace.ts";
import { credentialOf, deploymentOf, podOf, pullSecretsOf, rawCredentialOf, templateOf } from "../webhook/objects.ts";
import { endsAlike, tellTwice } from "./twice.ts";

const PRIVATE = "quay.io/acme/web:1";
const PUBLIC = "registry.k8s.io/pause:3.10";
const STRICT = {
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name: "strict", annotations: { "kubernetes.io/enforce-mountable-secrets": "true" } },
  imagePullSecrets: [{ name: "own" }],
};
const deployments = "apps/v1/deployments";

function put(
  { api }: ControlPlane,
  { name }: Namespace,
  resource: string,
  object: object,
): Promise<{ status: number }> {
  const path = resource.replace(/\/([^/]*)$/, `/namespaces/${name}/$1/web`);
  return api.request("PUT", `/apis/${path}`, object);
}

function changed(deployment: object, spec: object, template: object = {}): object {
  const object = deployment as { spec: { template: object } };
  return { ...object, spec: { ...object.spec, ...spec, template: { ...object.spec.template, ...template } } };
}

/** The lists of the Pods with `app=web`. */
async function podLists(namespace: Namespace, count = 1): Promise<readonly string[]> {
  return (await namespace.waitForPods("app=web", count)).map((pod) => pullSecretsOf(pod).join());
}

/** ReplicaSets once the Deployment's controller has seen its newest generation. */
async function replicaSets(namespace: Namespace): Promise<number> {
  await waitUntil("the controller of the Deployment", async () => {
    const { metadata, status } = await namespace.read(deployments, "web");
    return (status as { observedGeneration?: number } | undefined)?.observedGeneration === metadata.generation;
  });
  return (await namespace.list("apps/v1/replicasets")).length;
}

describe("with pullring, as without it", () => {
  let plane: ControlPlane;
  before(async () => {
    ({ plane } = await startInstalledPlane(PATIENT));
  });
  after(() => plane?.stop());

  test("a Deployment that is applied before its ServiceAccount, which enforces, has its Pod", () =>
    endsAlike(plane, async ({ namespace, kubectl }) => {
      await namespace.create("secrets", credentialOf("quay", "quay.io"));
      const deployment = deploymentOf("web", PRIVATE, { serviceAccountName: "strict" });
      assert.ok((await kubectl(["apply", "-f", "-"], [deployment, STRICT])).isDone);
      return podLists(namespace);
    }));

  test("a template that moves to a ServiceAccount that enforces has its Pods", () =>
    endsAlike(plane, async ({ namespace }) => {
      await namespace.create("secrets", credentialOf("quay", "quay.io"));
      await namespace.create("serviceaccounts", STRICT);
      await namespace.create(deployments, deploymentOf("web", PRIVATE));
      await podLists(namespace);
      await namespace.patch(deployments, "web", { spec: { template: { spec: { serviceAccountName: "strict" } } } });
      return (await podLists(namespace, 2)).includes("own");
    }));

  for (const flags of [[], ["--server-side"]]) {
    test(`a name that a person lists later with kubectl apply ${flags.join("")} stays when the image moves`, () =>
      endsAlike(plane, async ({ namespace, kubectl }) => {
        await namespace.create("secrets", credentialOf("quay", "quay.io"));
        const apply = async (deployment: object): Promise<void> => {
          assert.ok((await kubectl(["apply", ...flags, "-f", "-"], [deployment])).isDone);
        };
        await apply(deploymentOf("web", PRIVATE));
        await podLists(namespace);
        await apply(deploymentOf("web", PUBLIC, { imagePullSecrets: [{ name: "quay" }] }));
        const { spec } = await namespace.read(deployments, "web");
        return (spec as { template: { spec: object } }).template.spec;
      }));
  }

  test("a Job as it stands in git can be PUT again after its credential was replaced", () =>
    endsAlike(plane, async ({ namespace }) => {
      await namespace.create("secrets", credentialOf("h0", "quay.io"));
      const job = {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "web" },
        spec: {
          suspend: true,
          manualSelector: true,
          selector: { matchLabels: { app: "web" } },
          template: templateOf("web", PRIVATE, { restartPolicy: "Never" }),
        },
      };
      const stored = await namespace.create("batch/v1/jobs", job);
      await namespace.remove("secrets", "h0");
      await namespace.create("secrets", credentialOf("h1", "quay.io"));
      const { status } = await put(plane, namespace, "batch/v1/jobs", job);
      assert.deepEqual(pullSecretsOf(await namespace.read("batch/v1/jobs", "web")), pullSecretsOf(stored));
      return status;
    }));

  test("a PUT as in git with another scale starts no rollout, though a credential came since", () =>
    endsAlike(plane, async ({ namespace }) => {
      await namespace.create("secrets", credentialOf("h0", "quay.io"));
      const deployment = deploymentOf("web", PRIVATE);
      await namespace.create(deployments, deployment);
      await podLists(namespace);
      await namespace.create("secrets", credentialOf("h1", "quay.io"));
      assert.equal((await put(plane, namespace, deployments, changed(deployment, { replicas: 2 }))).status, 200);
      await podLists(namespace, 2);
      return replicaSets(namespace);
    }));

  test("a client that replaces the template's annotations starts no rollout, and the ServiceAccount's later secret reaches the Pods", () =>
    endsAlike(plane, async ({ namespace, isServed }) => {
      await namespace.create("secrets", credentialOf("quay", "quay.io"));
      await namespace.create(deployments, deploymentOf("web", PRIVATE));
      await podLists(namespace);
      const { spec } = await namespace.read(deployments, "web");
      const { template } = spec as { readonly template: { readonly metadata: object } };
      const replaced = deploymentOf("web", PRIVATE) as { spec: object };
      const metadata = { ...template.metadata, annotations: {} };
      const body = { ...replaced, spec: { ...replaced.spec, template: { ...template, metadata } } };
      assert.equal((await put(plane, namespace, deployments, body)).status, 200);
      const sets = await replicaSets(namespace);
      await namespace.patch("serviceaccounts", "default", { imagePullSecrets: [{ name: "later" }] });
      await waitUntil("the ServiceAccount that the API server knows", async () => {
        const pod = await namespace.create("pods", podOf("probe", PUBLIC), "?dryRun=All");
        return pullSecretsOf(pod).includes("later");
      });
      for (const { metadata } of await namespace.list("pods", "app=web")) await namespace.remove("pods", metadata.name);
      const lists = await waitUntil("the next Pod", async () => {
        const names = (await namespace.list("pods", "app=web")).map(pullSecretsOf);
        return names.some((list) => list.includes("later")) && names;
      });
      assert.equal(lists.flat().includes("quay"), isServed);
      return sets;
    }));

  test("names of a Secret that opted out leave the Pods with the next restart", () =>
    endsAlike(plane, async ({ namespace, kubectl }) => {
      await namespace.create("secrets", credentialOf("quay", "quay.io"));
      await namespace.create(deployments, deploymentOf("web", PRIVATE));
      await podLists(namespace);
      await namespace.patch("secrets", "quay", { metadata: { labels: { "pullring.dev/inject": "false" } } });
      assert.ok((await kubectl(["rollout", "restart", "deployment/web"])).isDone);
      await podLists(namespace, 2);
      return pullSecretsOf(await namespace.read(deployments, "web"));
    }));

  test("an image that moves to a public registry leaves the old credential behind, malformed as it is by then", () =>
    endsAlike(plane, async ({ namespace, kubectl }) => {
      await namespace.create("secrets", credentialOf("quay", "quay.io"));
      await namespace.create(deployments, deploymentOf("web", PRIVATE));
      await podLists(namespace);
      const { data } = rawCredentialOf("quay", '{"auths":{"quay.io":{"auth":"eA=="}}}') as { readonly data: object };
      await namespace.patch("secrets", "quay", { data });
      assert.ok((await kubectl(["set", "image", "deployment/web", `main=${PUBLIC}`])).isDone);
      await podLists(namespace, 2);
      return pullSecretsOf(await namespace.read(deployments, "web"));
    }));

  test("rotation by new names leaves the newest name alone", async () => {
    const { served, alone } = await tellTwice(plane, async ({ namespace, kubectl }) => {
      await namespace.create("secrets", credentialOf("h0", "quay.io"));
      await namespace.create(deployments, deploymentOf("web", "quay.io/acme/web:0"));
      for (let round = 1; round < 5; round += 1) {
        await namespace.create("secrets", credentialOf(`h${round}`, "quay.io"));
        await namespace.remove("secrets", `h${round - 1}`);
        await kubectl(["set", "image", "deployment/web", `main=quay.io/acme/web:${round}`]);
      }
      return pullSecretsOf(await namespace.read(deployments, "web"));
    });
    assert.deepEqual([served, alone], [["h4"], []]);
  });
});
