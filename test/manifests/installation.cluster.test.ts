/**
 * Installing, installing again and uninstalling on a real API server, as docs/operations.md says: install.yaml by kubectl, and
 * the chart by helm. What replicas filled in stays, and nothing is left behind.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { findBinaries } from "../e2e/binaries/find.ts";
import type { ApiClient, KubeObject } from "../e2e/control-plane/api-client.ts";
import { type ControlPlane, startControlPlane } from "../e2e/control-plane/control-plane.ts";
import { type Namespace, namespaceOf } from "../e2e/webhook/namespace.ts";
import { waitUntil } from "../wait-until.ts";
import { at, parseManifests, readRepositoryFile, repositoryRoot } from "./manifest.ts";
import { CONFIGURATION_PATH, TLS_SECRET_PATH } from "./object-paths.ts";
import { helmTemplate } from "./render.ts";

const installYaml = fileURLToPath(new URL("manifests/install.yaml", repositoryRoot));
const chart = fileURLToPath(new URL("manifests/chart", repositoryRoot));
const FILLED = { data: { "tls.crt": "Y2VydGlmaWNhdGU=", "tls.key": "a2V5" }, caBundle: "Y2E=" };

interface Configuration extends KubeObject {
  readonly webhooks: readonly { readonly clientConfig: { readonly caBundle?: string } }[];
}

describe("on a new cluster", () => {
  let plane: ControlPlane;
  let namespace: Namespace;
  let nothingYet: readonly string[];
  before(async () => {
    plane = await startControlPlane();
    namespace = namespaceOf(plane.api, "pullring");
    nothingYet = await listEverything(plane);
  });
  after(() => plane?.stop());

  const kubectl = (args: readonly string[], input = "") => plane.kubectl(args, input);
  const readConfiguration = () => plane.api.expect<Configuration>("GET", CONFIGURATION_PATH);
  /** Writes what replicas would write, by another manager than kubectl. */
  const fillIn = async (): Promise<void> => {
    const secret = await plane.api.expect("GET", TLS_SECRET_PATH);
    await plane.api.expect("PUT", TLS_SECRET_PATH, { ...secret, data: FILLED.data });
    const configuration = await readConfiguration();
    const webhooks = configuration.webhooks.map((webhook) => ({
      ...webhook,
      clientConfig: { ...webhook.clientConfig, caBundle: FILLED.caBundle },
    }));
    await plane.api.expect("PUT", CONFIGURATION_PATH, { ...configuration, webhooks });
  };
  /** @param count of how many webhooks, from the first on; default: all */
  const assertFilled = async (count?: number): Promise<void> => {
    const { data } = await plane.api.expect<KubeObject & { data: unknown }>("GET", TLS_SECRET_PATH);
    for (const { clientConfig } of (await readConfiguration()).webhooks.slice(0, count)) {
      assert.deepEqual({ data, caBundle: clientConfig.caBundle }, FILLED);
    }
  };

  describe("install.yaml", () => {
    test("is applied by one command, without a warning, also of Pod Security restricted", async () => {
      const { stdout, stderr } = await kubectl(["apply", "-f", installYaml]);
      assert.equal(stderr, "");
      const objects = parseManifests(readRepositoryFile("manifests/install.yaml"));
      assert.equal(stdout.match(/ created$/gm)?.length, objects.length);
    });

    test("gets its Pods created under restricted while nobody answers for the webhook", async () => {
      const items = await waitUntil("our Pods", async () => {
        const found = await namespace.list("pods");
        return found.length === 2 && found;
      });
      for (const pod of items) {
        const volumes = at<readonly { name: string }[]>(pod, "spec.volumes").map(({ name }) => name);
        // The priority that system-cluster-critical stands for.
        const expected = ["Pending", 2_000_000_000, ["kube-api-access"]];
        assert.deepEqual([at(pod, "status.phase"), at(pod, "spec.priority"), volumes], expected);
      }
    });

    test("is warned of, and its Pods are refused, by the same namespace if it asked for more", async () => {
      const violation = /violate[s]? PodSecurity "restricted:latest": allowPrivilegeEscalation != false/;
      const { template } = at<{ template: { metadata: object; spec: object } }>(
        await namespace.read("apps/v1/deployments", "pullring"),
        "spec",
      );
      const more = structuredClone(template);
      at<{ allowPrivilegeEscalation: boolean }>(more, "spec.containers.0.securityContext").allowPrivilegeEscalation =
        true;
      const patch = JSON.stringify({ spec: { template: more } });
      const args = ["patch", "deployment/pullring", "--dry-run=server", "--type=merge", "-p", patch];
      assert.match((await kubectl(["-n", "pullring", ...args])).stderr, violation);
      const create = ({ metadata, spec }: typeof template): Promise<unknown> => {
        const pod = { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, name: "more" }, spec };
        return namespace.create("pods", pod, "?dryRun=All");
      };
      await create(template);
      await assert.rejects(create(more), violation);
    });

    test("changes nothing when it is applied again", async () => {
      const { stdout } = await kubectl(["apply", "-f", installYaml]);
      const changed = stdout.trim().split("\n");
      // kubectl says so of every disruption budget: its selector is always sent again. Nothing changes by it.
      assert.deepEqual(
        changed.filter((line) => !line.endsWith(" unchanged")),
        ["poddisruptionbudget.policy/pullring configured"],
      );
      const budget = await namespace.read("policy/v1/poddisruptionbudgets", "pullring");
      assert.equal(budget.metadata.generation, 1);
    });

    const serverSide = ["apply", "--server-side"];
    const ways: readonly (readonly [how: string, args: readonly string[], helm?: true])[] = [
      ["kubectl apply", ["apply", "-f", installYaml]],
      ["kubectl apply --server-side", [...serverSide, "--force-conflicts", "-f", installYaml]],
      ["kubectl apply --server-side, a second time", [...serverSide, "-f", installYaml]],
      ["helm template | kubectl apply", ["apply", "-f", "-"], true],
      ["helm template | kubectl apply --server-side", [...serverSide, "-f", "-"], true],
    ];
    for (const [how, args, helm] of ways) {
      test(`keeps the certificates that were filled in, by ${how}`, async () => {
        await fillIn();
        await kubectl(args, helm && (await helmTemplate(["createNamespace=true"])));
        await assertFilled();
      });
    }

    test("is removed by one command that leaves nothing behind", async () => {
      await kubectl(["delete", "--ignore-not-found", "-f", installYaml]);
      const left = await waitUntil("the end of namespace pullring", async () => {
        const now = await listEverything(plane);
        return !now.some((object) => / pullring\/|^namespaces \/pullring$/.test(object)) && now;
      });
      assert.deepEqual(left, nothingYet);
    });
  });

  describe("a release of the chart", () => {
    const helm = async (...args: readonly string[]): Promise<string> => {
      const { helm: binary } = await findBinaries(["helm"]);
      const { status, stdout, stderr } = spawnSync(binary, [...args, "--namespace=pullring"], {
        env: { PATH: process.env.PATH, HOME: plane.directory, KUBECONFIG: plane.adminKubeconfig },
        encoding: "utf8",
        timeout: 120_000,
      });
      assert.equal(status, 0, stderr);
      return stdout;
    };

    test("is installed by one command that says what to wait for", async () => {
      const printed = await helm("install", "pullring", chart, "--create-namespace");
      assert.match(printed, /^STATUS: deployed$/m);
      assert.match(printed, /rollout status deployment\/pullring/);
    });

    test("keeps through upgrades what the replicas filled in", async () => {
      await fillIn();
      for (const [setting, webhooks] of [
        ["replicas=3", 2],
        ["podsOnly=true", 1],
        ["replicas=2", 2],
      ] as const) {
        await helm("upgrade", "pullring", chart, "--set", setting);
        assert.equal((await readConfiguration()).webhooks.length, webhooks, setting);
        // A webhook that comes back has no caBundle until the replicas write it.
        await assertFilled(setting === "replicas=2" ? 1 : webhooks);
      }
    });

    test("is removed by one command that leaves nothing but the namespace that Helm made", async () => {
      await helm("uninstall", "pullring", "--wait");
      const left = await listEverything(plane);
      assert.deepEqual(
        left.filter((object) => !nothingYet.includes(object) && !/^pods |^replicasets /.test(object)),
        ["configmaps pullring/kube-root-ca.crt", "namespaces /pullring", "serviceaccounts pullring/default"],
      );
    });
  });
});

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly verbs: readonly string[] }[];
}

/** Kinds that come and go by themselves: reports of what happened, and who is alive. */
const transient = ["events", "leases"];

/** Each object as `resource namespace/name`, sorted. */
async function listEverything({ api }: ControlPlane): Promise<readonly string[]> {
  const { groups } = await api.expect<{ groups: readonly { preferredVersion: { groupVersion: string } }[] }>(
    "GET",
    "/apis",
  );
  const roots = ["/api/v1", ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  const lists = await Promise.all(roots.map((root) => listGroup(api, root)));
  return lists.flat().sort();
}

async function listGroup(api: ApiClient, root: string): Promise<readonly string[]> {
  const { resources } = await api.expect<ResourceList>("GET", root);
  const listable = resources.filter(({ name, verbs }) => verbs.includes("list") && !transient.includes(name));
  const lists = await Promise.all(
    listable.map(async ({ name }) => {
      const { items } = await api.expect<{ items: readonly { metadata: { namespace?: string; name: string } }[] }>(
        "GET",
        `${root}/${name}`,
      );
      return items.map(({ metadata }) => `${name} ${metadata.namespace ?? ""}/${metadata.name}`);
    }),
  );
  return lists.flat();
}
