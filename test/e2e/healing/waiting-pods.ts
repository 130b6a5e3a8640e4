/** Pods that wait for an image, as a kubelet would show them: there is none here, so that their status is written by hand. */
import { waitUntil } from "../../wait-until.ts";
import type { ApiClient, KubeObject } from "../control-plane/api-client.ts";
import type { Namespace } from "../webhook/namespace.ts";
import { podOf } from "../webhook/objects.ts";

/** A registry that every test's images and credentials name. */
export const IMAGE = "registry.example/app";

/** Has a Pod wait for the image of its container `main`. */
export function letWait(api: ApiClient, { metadata }: KubeObject, reason = "ErrImagePull"): Promise<KubeObject> {
  const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/status`;
  const status = { name: "main", image: IMAGE, imageID: "", ready: false, restartCount: 0 };
  return api.expect("PATCH", path, { status: { containerStatuses: [{ ...status, state: { waiting: { reason } } }] } });
}

/** Has Pods wait for their image: those that have the label, as soon as there are `count`. */
export async function letPodsWait(
  api: ApiClient,
  namespace: Namespace,
  { labelSelector, count }: { readonly labelSelector: string; readonly count: number },
): Promise<readonly KubeObject[]> {
  const pods = await namespace.waitForPods(labelSelector, count);
  for (const pod of pods) await letWait(api, pod);
  return pods;
}

/** A Pod that waits for its image. */
export async function createWaitingPod(
  api: ApiClient,
  namespace: Namespace,
  name: string,
  metadata: object = {},
): Promise<KubeObject> {
  const pod = podOf(name, IMAGE) as { readonly metadata: object };
  const created = await namespace.create("pods", { ...pod, metadata: { ...pod.metadata, ...metadata } });
  return letWait(api, created);
}

/** What the controller said about an object, as `reason: message`. */
export async function saidAbout(namespace: Namespace, uid: string): Promise<readonly string[]> {
  const events = await namespace.list("events");
  return events
    .filter((event) => (event.involvedObject as { readonly uid?: string }).uid === uid)
    .filter((event) => event.reportingComponent === "pullring-controller")
    .map(({ reason, message }) => `${String(reason)}: ${String(message)}`);
}

/** Waits until the controller has said something about an object that `pattern` matches. */
export function waitUntilSaid(namespace: Namespace, uid: string, pattern: RegExp): Promise<string> {
  return waitUntil(`an Event like ${pattern}`, async () => {
    return (await saidAbout(namespace, uid)).find((text) => pattern.test(text));
  });
}
