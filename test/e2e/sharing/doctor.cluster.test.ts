/** What `pullring doctor` says of shared credentials, on a real control plane with the component and no controller. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { DoctorCheck } from "../../../src/cli/doctor/report.ts";
import { runPullring } from "../../cli/run-pullring.ts";
import { parseManifests } from "../../manifests/manifest.ts";
import { kustomize } from "../../manifests/render.ts";
import type { KubeObject } from "../control-plane/api-client.ts";
import { createControllerIdentity, startController } from "../webhook/controller-process.ts";
import { apply } from "../webhook/install.ts";
import { type InstalledPlane, startInstalledPlane } from "../webhook/installed-plane.ts";
import { namespaceOf } from "../webhook/namespace.ts";
import { credentialOf } from "../webhook/objects.ts";
import { createNamespaces, PASSWORD, sharedCredential, waitForCopy } from "./shared-plane.ts";

const CONFIGURATION = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/pullring";

interface Configuration extends KubeObject {
  readonly webhooks: readonly { readonly name: string; readonly clientConfig: Readonly<Record<string, unknown>> }[];
}

const FLAG = "--shared-namespace=pullring-shared";

describe("pullring doctor on shared credentials", () => {
  let installed: InstalledPlane;
  before(async () => {
    installed = await startInstalledPlane({ components: ["sharing"], pullring: { flags: [FLAG] } });
    const manifests = parseManifests(await kustomize(["sharing"]));
    await apply(
      installed.plane,
      manifests.filter(({ kind }) => kind === "Deployment" || kind === "Service"),
    );
    // Pods call the process of this test; templates would call the Service, by which an installation is found.
    const { api } = installed.plane;
    const { webhooks, ...configuration } = await api.expect<Configuration>("GET", CONFIGURATION);
    const service = { namespace: "pullring", name: "pullring", path: "/mutate", port: 443 };
    const changed = webhooks.map(({ clientConfig: { caBundle, url }, ...webhook }) =>
      webhook.name === "inject-templates.pullring.dev"
        ? { ...webhook, clientConfig: { service, caBundle }, failurePolicy: "Ignore" }
        : { ...webhook, clientConfig: { url, caBundle } },
    );
    await api.expect("PUT", CONFIGURATION, { ...configuration, webhooks: changed });
  });
  after(() => installed?.plane.stop());

  /** The findings of a check, as `code secret`. */
  async function ask(name: string, ...flags: readonly string[]): Promise<readonly string[]> {
    const cluster = `--kubeconfig=${installed.plane.adminKubeconfig}`;
    const { stdout, stderr } = await runPullring(["doctor", cluster, "-o", "json", ...flags]);
    assert.doesNotMatch(stdout + stderr, new RegExp(PASSWORD));
    const { checks } = JSON.parse(stdout) as { readonly checks: readonly DoctorCheck[] };
    const findings = checks.find((check) => check.name === name)?.findings ?? [];
    return findings.map(({ code, secret }) => `${code} ${secret}`);
  }

  test("tells of copies that are missing, names that are taken and a selector that cannot be read", async () => {
    const { api } = installed.plane;
    const [, taken] = await createNamespaces(api, ["lacks", "taken"], { team: "shop" });
    assert.ok(taken);
    await taken.create("secrets", credentialOf("hub", "quay.io"));
    const shared = namespaceOf(api, "pullring-shared");
    await shared.create("secrets", sharedCredential("hub", "team=shop"));
    await shared.create("secrets", sharedCredential("broken", "team in shop"));
    await shared.create("secrets", sharedCredential("nobody", "team=nobody"));
    const found = ["unreadable-selector broken", "copies-missing hub", "name-taken hub"];
    assert.deepEqual([...(await ask("sharing", "-A"))].sort(), found.toSorted());
  });

  test("has nothing to say of what the controller has put in its place, and of its rights", async () => {
    const { plane } = installed;
    const kubeconfig = await createControllerIdentity(plane, "sharing");
    const controller = await startController(plane, { kubeconfig, flags: ["--share", FLAG] });
    await waitForCopy(plane.api, namespaceOf(plane.api, "lacks"), "hub");
    const left = ["name-taken hub", "unreadable-selector broken"];
    assert.deepEqual([...(await ask("sharing", "-A"))].sort(), left);
    assert.deepEqual(await ask("rights", "-A"), []);
    await controller.process.end();
    const role = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/pullring-sharing";
    await plane.api.expect("DELETE", role);
    const lacks = await ask("rights", "-A");
    assert.ok(lacks.length > 0);
  });
});
