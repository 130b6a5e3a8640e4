/**
 * Installs pullring in a control plane as its manifests do: its namespace, its ServiceAccount with exactly the rights of
 * manifests/, a token of that ServiceAccount, and its webhook configuration. Only the address of the webhook is another.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Manifest, onlyOf, parseManifests } from "../../manifests/manifest.ts";
import { kustomize } from "../../manifests/render.ts";
import { waitUntil } from "../../wait-until.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { kubeconfigText } from "../control-plane/kubeconfig.ts";
import { podOf } from "./objects.ts";
import type { PullringProcess } from "./pullring-process.ts";

/** What of the manifests is applied as it is; the Deployment is what the process of the test stands for. */
const APPLIED_KINDS = new Set([
  "Namespace",
  "ServiceAccount",
  "ClusterRole",
  "ClusterRoleBinding",
  "Role",
  "RoleBinding",
  "FlowSchema",
]);

/** The ServiceAccount's kubeconfig and the file of its token, which can be renewed in place. */
export interface PullringIdentity {
  readonly kubeconfig: string;
  readonly tokenFile: string;
}

/** Applies manifests with the real kubectl. @throws Error with what kubectl printed */
export async function apply(plane: ControlPlane, manifests: readonly object[]): Promise<void> {
  await plane.kubectl(["apply", "-f", "-"], { apiVersion: "v1", kind: "List", items: manifests });
}

/**
 * Applies namespace, ServiceAccount and RBAC of the manifests and makes a kubeconfig for them.
 * @param components those of the manifests that are installed with it
 * @param server where pullring is to find the API server; by default the API server itself, else a proxy before it
 */
export async function createIdentity(
  plane: ControlPlane,
  server: { readonly url: string; readonly caFile: string } = plane,
  components: readonly string[] = [],
): Promise<PullringIdentity> {
  const manifests = parseManifests(await kustomize(components));
  await apply(
    plane,
    manifests.filter(({ kind }) => APPLIED_KINDS.has(kind)),
  );
  const tokenFile = join(plane.directory, "pullring-token");
  const kubeconfig = join(plane.directory, "pullring-kubeconfig.json");
  await renewToken(plane, tokenFile);
  writeFileSync(kubeconfig, kubeconfigText(server, { tokenFile }));
  return { kubeconfig, tokenFile };
}

/** Writes a new token of pullring's ServiceAccount. @param expirationSeconds default 3,600 */
export async function renewToken(plane: ControlPlane, tokenFile: string, expirationSeconds = 3_600): Promise<void> {
  const token = await plane.serviceAccountToken("pullring", "pullring", expirationSeconds);
  writeFileSync(tokenFile, token, { mode: 0o600 });
}

/** Applies the webhook configuration of the manifests with the address of `pullring`; returns when the API server calls it. */
export async function configureWebhook(
  plane: ControlPlane,
  pullring: PullringProcess,
  changes: { readonly timeoutSeconds?: number } = {},
): Promise<void> {
  const configuration = onlyOf(await readManifests(), "MutatingWebhookConfiguration");
  const caBundle = readFileSync(pullring.caFile).toString("base64");
  const webhooks = (configuration.webhooks as readonly object[]).map((webhook) => ({
    ...webhook,
    ...changes,
    clientConfig: { url: pullring.url, caBundle },
  }));
  await apply(plane, [{ ...configuration, webhooks }]);
  const probe = podOf("called", "registry.k8s.io/pause:3.10");
  await waitUntil("the first call of the webhook", async () => {
    await plane.api.expect("POST", "/api/v1/namespaces/default/pods?dryRun=All", probe);
    return /^pullring_admission_requests_total\{.*\} [1-9]/m.test((await pullring.admin("/metrics")).text);
  });
}

async function readManifests(): Promise<readonly Manifest[]> {
  return parseManifests(await kustomize());
}
