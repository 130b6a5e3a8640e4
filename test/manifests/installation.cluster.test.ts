/**
 * Installing, installing again and uninstalling on a real API server, as docs/operations.md says: install.yaml by kubectl, and
 * the chart by helm. What replicas filled in stays, and nothing is left behind.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { findBinaries } from "../e2e/binaries/find.ts";
import type { KubeObject } from "../e2e/control-plane/api-client.ts";
import { type ControlPlane, startControlPlane } from "../e2e/control-plane/control-plane.ts";
import { waitUntil } from "../wait-until.ts";
import { listEverything } from "./inventory.ts";
import { parseManifests, readRepositoryFile, repositoryRoot } from "./manifest.ts";
import { CONFIGURATION_PATH, TLS_SECRET_PATH } from "./object-paths.ts";
import { helmTemplate } from "./render.ts";

const installYaml = fileURLToPath(new URL("manifests/install.yaml", repositoryRoot));
const chart = fileURLToPath(new URL("manifests/chart", repositoryRoot));
const FILLED = { data: { "tls.crt": "Y2VydGlmaWNhdGU=", "tls.key": "a2V5" }, caBundle: "Y2E=" };

interface Configuration extends KubeObject {
  readonly webhooks: readonly {
    readonly clientConfig: { readonly caBundle?: string };
    readonly rules: readonly unknown[];
  }[];
}

describe("on a new cluster", () => {
  let plane: ControlPlane;
  let nothingYet: readonly string[];
  before(async () => {
    plane = await startControlPlane();
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
  const assertFilled = async (): Promise<void> => {
    const { data } = await plane.api.expect<KubeObject & { data: unknown }>("GET", TLS_SECRET_PATH);
    const [webhook] = (await readConfiguration()).webhooks;
    assert.deepEqual({ data, caBundle: webhook?.clientConfig.caBundle }, FILLED);
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
        const found = await plane.api.expect<PodList>("GET", "/api/v1/namespaces/pullring/pods");
        return found.items.length === 2 && found.items;
      });
      for (const { status, spec } of items) {
        const volumes = spec.volumes.map(({ name }) => name);
        // The priority that system-cluster-critical stands for.
        const expected = ["Pending", 2_000_000_000, ["kube-api-access"]];
        assert.deepEqual([status.phase, spec.priority, volumes], expected);
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
      const more = { ...podSpec, containers };
      const patch = JSON.stringify({ spec: { template: { metadata, spec: more } } });
      const args = ["patch", "deployment/pullring", "--dry-run=server", "--type=merge", "-p", patch];
      assert.match((await kubectl(["-n", "pullring", ...args])).stderr, violation);
      const create = async (spec: PodTemplate["spec"]): Promise<{ status: number; text: string }> => {
        const pod = { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, name: "more" }, spec };
        const path = "/api/v1/namespaces/pullring/pods?dryRun=All";
        const { status, body } = await plane.api.request("POST", path, pod);
        return { status, text: JSON.stringify(body) };
      };
      assert.equal((await create(podSpec)).status, 201);
      const refused = await create(more);
      assert.equal(refused.status, 403);
      assert.match(refused.text.replaceAll("\\", ""), violation);
    });

    test("changes nothing when it is applied again", async () => {
      const { stdout } = await kubectl(["apply", "-f", installYaml]);
      const changed = stdout.trim().split("\n");
      // kubectl says so of every disruption budget: its selector is always sent again. Nothing changes by it.
      assert.deepEqual(
        changed.filter((line) => !line.endsWith(" unchanged")),
        ["poddisruptionbudget.policy/pullring configured"],
      );
      const path = "/apis/policy/v1/namespaces/pullring/poddisruptionbudgets/pullring";
      assert.equal((await plane.api.expect("GET", path)).metadata.generation, 1);
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
      for (const [setting, rules] of [
        ["replicas=3", 4],
        ["podsOnly=true", 1],
        ["replicas=2", 4],
      ] as const) {
        await helm("upgrade", "pullring", chart, "--set", setting);
        await assertFilled();
        assert.equal((await readConfiguration()).webhooks[0]?.rules.length, rules, setting);
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
