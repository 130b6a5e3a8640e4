/** A control plane with the manifests applied and a recording webhook in pullring's place. It asserts nothing. */
import { MUTATE_PATH } from "../../src/server/admission/mutate-handler.ts";
import type { KubeObject } from "../e2e/control-plane/api-client.ts";
import { type ControlPlane, startControlPlane } from "../e2e/control-plane/control-plane.ts";
import { waitForAccount } from "../e2e/webhook/namespace.ts";
import { waitUntil } from "../wait-until.ts";
import { readRepositoryFile } from "./manifest.ts";
import { CONFIGURATION_PATH } from "./object-paths.ts";
import { type RecordedRequest, type RecordingWebhook, startRecordingWebhook } from "./recording-webhook.ts";
import { type Workload, type WorkloadMetadata, workloadOf } from "./workloads.ts";

/** What a test of the selectors works with. */
export interface WitnessedPlane {
  readonly plane: ControlPlane;
  readonly webhook: RecordingWebhook;
  /** An object of a handled kind with a name that no other has; namespace `default` unless given. */
  workload(groupKind: string, metadata?: Partial<WorkloadMetadata>, namespace?: string): Workload;
  /** The requests so far about objects of this name. */
  about(name: string): readonly RecordedRequest[];
  /** Has the API server go through the creation without storing it, and returns the requests that it sent for it. */
  dryRun(workload: Workload): Promise<readonly RecordedRequest[]>;
  /** Creates the object. */
  create(workload: Workload): Promise<KubeObject>;
  /** Makes a namespace and waits until Pods can be made in it; one that exists is only waited for. */
  addNamespace(name: string, labels?: Readonly<Record<string, string>>): Promise<void>;
  /** Applies manifests and has all webhooks of the configuration call the recorder; returns once they do, from `namespace`. */
  apply(manifests: string, namespace?: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts both and applies install.yaml. @throws Error when kubectl refuses it */
export async function startWitnessedPlane(): Promise<WitnessedPlane> {
  const plane = await startControlPlane();
  const webhook = await startRecordingWebhook(plane.directory);
  let count = 0;
  const witnessed: WitnessedPlane = {
    plane,
    webhook,
    workload: (groupKind, metadata = {}, namespace = "default") =>
      workloadOf(groupKind, namespace, { name: `object-${++count}`, ...metadata }),
    about: (name) => webhook.requests.filter((request) => request.name === name),
    dryRun: async ({ path, body }) => {
      await plane.api.expect("POST", `${path}?dryRun=All`, body);
      return witnessed.about(body.metadata.name);
    },
    create: ({ path, body }) => plane.api.expect("POST", path, body),
    addNamespace: (name, labels = {}) => addNamespace(plane, name, labels),
    apply: async (manifests, namespace = "default") => {
      // The one that calls the recorder has a URL, which the manifests do not take away.
      await plane.api.request("DELETE", CONFIGURATION_PATH);
      await plane.kubectl(["apply", "-f", "-"], manifests);
      await redirect(witnessed, namespace);
    },
    stop: async () => {
      await Promise.all([plane.stop(), webhook.stop()]);
    },
  };
  try {
    await witnessed.apply(readRepositoryFile("manifests/install.yaml"));
    return witnessed;
  } catch (error) {
    await witnessed.stop();
    throw error;
  }
}

async function addNamespace(plane: ControlPlane, name: string, labels: Readonly<Record<string, string>>) {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
  const { status } = await plane.api.request("POST", "/api/v1/namespaces", namespace);
  if (status !== 201 && status !== 409) throw new Error(`namespace ${name}: status ${status}`);
  await waitForAccount(plane.api, name);
}

/** The API server reads a changed configuration a moment later; each change has a path of its own, which shows when. */
async function redirect({ plane, webhook, workload, dryRun }: WitnessedPlane, namespace: string): Promise<void> {
  const { webhooks } = await plane.api.expect<{ webhooks: readonly unknown[] }>("GET", CONFIGURATION_PATH);
  const path = `${MUTATE_PATH}/${webhook.requests.length}-${Date.now()}`;
  const clientConfig = { url: `${webhook.url}${path}`, caBundle: webhook.caBundle };
  const patch = webhooks.map((_, position) => ({
    op: "replace",
    path: `/webhooks/${position}/clientConfig`,
    value: clientConfig,
  }));
  await plane.api.expect("PATCH", CONFIGURATION_PATH, patch, { contentType: "application/json-patch+json" });
  await waitUntil("a call at the new path", async () =>
    (await dryRun(workload("/Pod", {}, namespace))).some((request) => request.path === path),
  );
}
