/** Installing, installing again and uninstalling, on a real API server, as a user does it; what others filled in stays. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { KubeObject } from "../e2e/control-plane/api-client.ts";
import { type ControlPlane, startControlPlane } from "../e2e/control-plane/control-plane.ts";
import { waitUntil } from "../wait-until.ts";
import { listEverything } from "./inventory.ts";
import { parseManifests, readRepositoryFile, repositoryRoot } from "./manifest.ts";
import { CONFIGURATION_PATH, TLS_SECRET_PATH } from "./object-paths.ts";
import { helmTemplate } from "./render.ts";

const installYaml = fileURLToPath(new URL("manifests/install.yaml", repositoryRoot));
const filled = { data: { "tls.crt": "Y2VydGlmaWNhdGU=", "tls.key": "a2V5" }, caBundle: "Y2E=" };

describe("install.yaml", () => {
  let plane: ControlPlane;
  let nothingYet: readonly string[];
  before(async () => {
    plane = await startControlPlane();
    nothingYet = await listEverything(plane);
  });
  after(() => plane?.stop());

  const kubectl = async (
    args: readonly string[],
    input?: string,
  ): Promise<{ stdout: string; stderr: string }> => {
    const result = await plane.kubectl(args, input === undefined ? {} : { input });
    assert.equal(result.code, 0, result.stderr);
    return result;
  };

  test("is applied by one command, without a warning, also of Pod Security restricted", async () => {
    const { stdout, stderr } = await kubectl(["apply", "-f", installYaml]);
    assert.equal(stderr, "");
    assert.equal(
      stdout.match(/ created$/gm)?.length,
      parseManifests(readRepositoryFile("manifests/install.yaml")).length,
    );
  });

  test("gets its Pods created under restricted while nobody answers for the webhook", async () => {
    const { items } = await waitUntil("our Pods", async () => {
      const found = await pods(plane);
      return found.items.length === 2 && found;
    });
    for (const { status, spec } of items) {
      assert.equal(status.phase, "Pending");
      // What system-cluster-critical stands for.
      assert.equal(spec.priority, 2_000_000_000);
      assert.deepEqual(
        spec.volumes.map(({ name }) => name),
        ["kube-api-access"],
      );
    }
  });

  test("is warned of, and its Pods are refused, by the same namespace if it asked for more", async () => {
    const violation = /violate[s]? PodSecurity "restricted:latest": allowPrivilegeEscalation != false/;
    const deployment = "/apis/apps/v1/namespaces/pullring/deployments/pullring";
    const { spec } = await plane.api.expect<{ spec: { template: PodTemplate } }>("GET", deployment);
    const { metadata, spec: podSpec } = spec.template;
    const containers = podSpec.containers.map((container) => ({
      ...container,
      securityContext: { ...container.securityContext, allowPrivilegeEscalation: true },
    }));
    const template = { metadata, spec: { ...podSpec, containers } };
    const patch = JSON.stringify({ spec: { template } });
    const { stderr } = await kubectl([
      ...["-n", "pullring", "patch", "deployment/pullring", "--dry-run=server", "--type=merge", "-p", patch],
    ]);
    assert.match(stderr, violation);
    const create = async (spec: PodTemplate["spec"]): Promise<{ status: number; text: string }> => {
      const pod = { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, name: "more" }, spec };
      const path = "/api/v1/namespaces/pullring/pods?dryRun=All";
      const { status, body } = await plane.api.request("POST", path, pod);
      return { status, text: JSON.stringify(body) };
    };
    assert.equal((await create(podSpec)).status, 201);
    const refused = await create(template.spec);
    assert.equal(refused.status, 403);
    assert.match(refused.text.replaceAll("\\", ""), violation);
  });

  test("changes nothing when it is applied again", async () => {
    const { stdout } = await kubectl(["apply", "-f", installYaml]);
    const changed = stdout
      .trim()
      .split("\n")
      .filter((line) => !line.endsWith(" unchanged"));
    // kubectl says so of every disruption budget: its selector is always sent anew. Nothing changes by it.
    assert.deepEqual(changed, ["poddisruptionbudget.policy/pullring configured"]);
    const budget = await plane.api.expect(
      "GET",
      "/apis/policy/v1/namespaces/pullring/poddisruptionbudgets/pullring",
    );
    assert.equal(budget.metadata.generation, 1);
  });

  const again: readonly (readonly [how: string, apply: () => Promise<unknown>])[] = [
    ["kubectl apply", () => kubectl(["apply", "-f", installYaml])],
    [
      "kubectl apply --server-side",
      () => kubectl(["apply", "--server-side", "--force-conflicts", "-f", installYaml]),
    ],
    [
      "kubectl apply --server-side, a second time",
      () => kubectl(["apply", "--server-side", "-f", installYaml]),
    ],
    [
      "helm template | kubectl apply",
      async () => kubectl(["apply", "-f", "-"], await helmTemplate(["createNamespace=true"])),
    ],
    [
      "helm template | kubectl apply --server-side",
      async () =>
        kubectl(["apply", "--server-side", "-f", "-"], await helmTemplate(["createNamespace=true"])),
    ],
  ];
  for (const [how, apply] of again) {
    test(`keeps the certificates that were filled in, by ${how}`, async () => {
      await fillIn(plane);
      await apply();
      const secret = await plane.api.expect<KubeObject & { data: unknown }>("GET", TLS_SECRET_PATH);
      assert.deepEqual(secret.data, filled.data);
      assert.equal(await caBundle(plane), filled.caBundle);
    });
  }

  test("is removed by one command that leaves nothing behind", async () => {
    await kubectl(["delete", "--ignore-not-found", "-f", installYaml]);
    const left = await waitUntil("the end of namespace pullring", async () => {
      const now = await listEverything(plane);
      return (
        now.every((object) => !object.includes(" pullring/") && object !== "namespaces /pullring") && now
      );
    });
    assert.deepEqual(left, nothingYet);
  });
});

interface PodTemplate {
  readonly metadata: object;
  readonly spec: { readonly containers: readonly { readonly securityContext: object }[] };
}

interface PodList {
  readonly items: readonly {
    readonly status: { readonly phase: string };
    readonly spec: { readonly priority: number; readonly volumes: readonly { readonly name: string }[] };
  }[];
}

function pods(plane: ControlPlane): Promise<PodList> {
  return plane.api.expect("GET", "/api/v1/namespaces/pullring/pods");
}

/** Writes what replicas would write, by another manager than kubectl. */
async function fillIn(plane: ControlPlane): Promise<void> {
  const secret = await plane.api.expect("GET", TLS_SECRET_PATH);
  await plane.api.expect("PUT", TLS_SECRET_PATH, { ...secret, data: filled.data });
  const configuration = await plane.api.expect<
    KubeObject & { webhooks: readonly { clientConfig: object }[] }
  >("GET", CONFIGURATION_PATH);
  const webhooks = configuration.webhooks.map((webhook) => ({
    ...webhook,
    clientConfig: { ...webhook.clientConfig, caBundle: filled.caBundle },
  }));
  await plane.api.expect("PUT", CONFIGURATION_PATH, { ...configuration, webhooks });
}

async function caBundle(plane: ControlPlane): Promise<string | undefined> {
  const { webhooks } = await plane.api.expect<{
    webhooks: readonly { clientConfig: { caBundle?: string } }[];
  }>("GET", CONFIGURATION_PATH);
  return webhooks[0]?.clientConfig.caBundle;
}
