/** Short calls of the API server in one namespace, for tests that create and read many objects. */
import { waitUntil } from "../../wait-until.ts";
import type { ApiClient, KubeObject } from "../control-plane/api-client.ts";

/** A namespace of a control plane; everything is done as the administrator. */
export interface Namespace {
  readonly name: string;
  /** Creates an object by its resource path, as `pods` or `apps/v1/deployments`. @throws Error when the status is not 2xx */
  create(resource: string, object: object, query?: string): Promise<KubeObject>;
  read(resource: string, name: string): Promise<KubeObject>;
  /** Merges `change` into the object (JSON merge patch). */
  patch(resource: string, name: string, change: object): Promise<KubeObject>;
  remove(resource: string, name: string): Promise<void>;
  /** All objects of a resource; `labelSelector` as in `app=web`. */
  list(resource: string, labelSelector?: string): Promise<readonly KubeObject[]>;
  /** Waits until at least `count` Pods have the label, and gives them. */
  waitForPods(labelSelector: string, count: number): Promise<readonly KubeObject[]>;
}

/** Creates a namespace and waits until Pods can be created there. */
export async function createNamespace(
  api: ApiClient,
  name: string,
  metadata: Readonly<Record<string, unknown>> = {},
): Promise<Namespace> {
  const body = { apiVersion: "v1", kind: "Namespace", metadata: { ...metadata, name } };
  await api.expect("POST", "/api/v1/namespaces", body);
  await waitForAccount(api, name);
  return namespaceOf(api, name);
}

/** Waits for the ServiceAccount of a namespace, without which no Pod can be created. */
export async function waitForAccount(api: ApiClient, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
  await waitUntil(path, async () => (await api.request("GET", path)).status === 200);
}

/** An existing namespace. */
export function namespaceOf(api: ApiClient, name: string): Namespace {
  const path = (resource: string): string => {
    const [plural, ...version] = resource.split("/").reverse();
    const root = version.length === 0 ? "/api/v1" : `/apis/${version.reverse().join("/")}`;
    return `${root}/namespaces/${name}/${plural}`;
  };
  const list: Namespace["list"] = async (resource, labelSelector = "") => {
    const query = `?labelSelector=${encodeURIComponent(labelSelector)}`;
    return (await api.expect<{ items: readonly KubeObject[] }>("GET", path(resource) + query)).items;
  };
  return {
    name,
    create: (resource, object, query = "") => api.expect("POST", `${path(resource)}${query}`, object),
    read: (resource, object) => api.expect("GET", `${path(resource)}/${object}`),
    patch: (resource, object, change) => api.expect("PATCH", `${path(resource)}/${object}`, change),
    remove: async (resource, object) => {
      await api.expect("DELETE", `${path(resource)}/${object}?gracePeriodSeconds=0`);
    },
    list,
    waitForPods: (labelSelector, count) =>
      waitUntil(
        `${count} Pods with ${labelSelector} in ${name}`,
        async () => {
          const pods = await list("pods", labelSelector);
          return pods.length >= count && pods;
        },
        // A CronJob starts at the next full minute.
        { timeoutMs: 150_000 },
      ),
  };
}
