/** A control plane with the component sharing: its namespace and its rights, the webhook configuration, and short words for tests. */
import { onlyOf, parseManifests } from "../../manifests/manifest.ts";
import { kustomize } from "../../manifests/render.ts";
import { type WaitOptions, waitUntil } from "../../wait-until.ts";
import type { ApiClient, KubeObject } from "../control-plane/api-client.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { type ControllerProcess, createControllerIdentity, startController } from "../webhook/controller-process.ts";
import { apply } from "../webhook/install.ts";
import { type Namespace, namespaceOf } from "../webhook/namespace.ts";

/** The password of all credentials in tests of sharing; never to be seen anywhere. */
export const PASSWORD = "hunter2-is-radioactive";

/** @see startSharedPlane */
export interface SharedPlane {
  readonly plane: ControlPlane;
  readonly api: ApiClient;
  readonly kubeconfig: string;
  /** Namespace pullring-shared. */
  readonly shared: Namespace;
  /** Starts a controller with the rights of the component. */
  start(name: string, flags?: readonly string[], isReady?: false): Promise<ControllerProcess>;
}

/** Starts it, without a controller. */
export async function startSharedPlane(): Promise<SharedPlane> {
  const plane = await startControlPlane({ auditLog: true });
  try {
    await apply(plane, [onlyOf(parseManifests(await kustomize(["sharing"])), "MutatingWebhookConfiguration")]);
    const kubeconfig = await createControllerIdentity(plane, "sharing");
    const start: SharedPlane["start"] = (name, flags = [], isReady) =>
      startController(plane, {
        kubeconfig,
        flags: ["--share", "--shared-namespace=pullring-shared", ...flags],
        name,
        ...(isReady === false && { isReady }),
      });
    return { plane, api: plane.api, kubeconfig, shared: namespaceOf(plane.api, "pullring-shared"), start };
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

/** A credential for docker.io that is shared by a selector. */
export function sharedCredential(name: string, shareWith: string, password: string = PASSWORD): object {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, annotations: { "pullring.dev/share-with": shareWith } },
    type: "kubernetes.io/dockerconfigjson",
    data: payloadOf(password),
  };
}

/** Data of type kubernetes.io/dockerconfigjson. */
export function payloadOf(password: string): Readonly<Record<string, string>> {
  const config = { auths: { "index.docker.io": { username: "robot", password } } };
  return { ".dockerconfigjson": Buffer.from(JSON.stringify(config)).toString("base64") };
}

/** Creates namespaces with labels; what else a namespace has does not matter here. */
export async function createNamespaces(
  api: ApiClient,
  names: readonly string[],
  labels: Readonly<Record<string, string>>,
): Promise<readonly Namespace[]> {
  await Promise.all(
    names.map((name) =>
      api.expect("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } }),
    ),
  );
  return names.map((name) => namespaceOf(api, name));
}

/** Changes labels of a namespace; null takes one away. */
export async function setLabels(
  api: ApiClient,
  { name }: Namespace,
  labels: Readonly<Record<string, string | null>>,
): Promise<void> {
  await api.expect("PATCH", `/api/v1/namespaces/${name}`, { metadata: { labels } });
}

/** The Secret of this name; undefined where there is none. */
export async function findSecret(
  api: ApiClient,
  { name: namespace }: Namespace,
  name: string,
): Promise<Secret | undefined> {
  const { status, body } = await api.request("GET", `/api/v1/namespaces/${namespace}/secrets/${name}`);
  return status === 200 ? (body as Secret) : undefined;
}

/** A stored Secret. */
export interface Secret extends KubeObject {
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

/** Waits until the namespace has a copy with this password, and gives it. */
export function waitForCopy(
  api: ApiClient,
  namespace: Namespace,
  name: string,
  password: string = PASSWORD,
  options: WaitOptions = {},
): Promise<Secret> {
  const [payload] = Object.values(payloadOf(password));
  const find = async () => {
    const secret = await findSecret(api, namespace, name);
    return secret !== undefined && Object.values(secret.data).includes(payload ?? "") && secret;
  };
  return waitUntil(`the copy of ${name} in ${namespace.name}`, find, options);
}

/** Waits until the namespace has no Secret of this name. */
export async function waitForNone(
  api: ApiClient,
  namespace: Namespace,
  name: string,
  options: WaitOptions = {},
): Promise<void> {
  const isGone = async () => (await findSecret(api, namespace, name)) === undefined;
  await waitUntil(`no ${name} in ${namespace.name}`, isGone, options);
}
