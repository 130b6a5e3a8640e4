/** The chart as a release, by the real helm on a real API server: installed, upgraded and removed as docs/operations.md says. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { findBinaries } from "../e2e/binaries/find.ts";
import type { KubeObject } from "../e2e/control-plane/api-client.ts";
import { type ControlPlane, startControlPlane } from "../e2e/control-plane/control-plane.ts";
import { listEverything } from "./inventory.ts";
import { repositoryRoot } from "./manifest.ts";
import { CONFIGURATION_PATH, TLS_SECRET_PATH } from "./object-paths.ts";

const chart = fileURLToPath(new URL("manifests/chart", repositoryRoot));
const certificate = { "tls.crt": "Y2VydGlmaWNhdGU=" };
const caBundle = "Y2E=";

describe("a release of the chart", () => {
  let plane: ControlPlane;
  let nothingYet: readonly string[];
  before(async () => {
    plane = await startControlPlane();
    nothingYet = await listEverything(plane);
  });
  after(() => plane?.stop());

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
    await plane.api.expect("PATCH", TLS_SECRET_PATH, { data: certificate });
    const configuration = await plane.api.expect<Configuration>("GET", CONFIGURATION_PATH);
    const webhooks = configuration.webhooks.map((webhook) => ({
      ...webhook,
      clientConfig: { ...webhook.clientConfig, caBundle },
    }));
    await plane.api.expect("PUT", CONFIGURATION_PATH, { ...configuration, webhooks });
    for (const setting of ["replicas=3", "podsOnly=true", "replicas=2"]) {
      await helm("upgrade", "pullring", chart, "--set", setting);
      const { data } = await plane.api.expect<KubeObject & { data: unknown }>("GET", TLS_SECRET_PATH);
      assert.deepEqual(data, certificate, setting);
      const after = await plane.api.expect<Configuration>("GET", CONFIGURATION_PATH);
      assert.equal(after.webhooks[0]?.clientConfig.caBundle, caBundle, setting);
      assert.equal(after.webhooks[0]?.rules.length, setting === "podsOnly=true" ? 1 : 4);
    }
  });

  test("is removed by one command that leaves nothing but the namespace that Helm made", async () => {
    await helm("uninstall", "pullring", "--wait");
    const left = await listEverything(plane);
    const isOurs = (object: string): boolean =>
      !nothingYet.includes(object) && !/^pods |^replicasets /.test(object);
    assert.deepEqual(left.filter(isOurs), [
      "configmaps pullring/kube-root-ca.crt",
      "namespaces /pullring",
      "serviceaccounts pullring/default",
    ]);
  });
});

interface Configuration extends KubeObject {
  readonly webhooks: readonly {
    readonly clientConfig: { readonly caBundle?: string };
    readonly rules: readonly unknown[];
  }[];
}
