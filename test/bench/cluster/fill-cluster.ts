/** Puts namespaces and credentials into a control plane, as fast as its API server takes them. */
import type { ApiClient } from "../../e2e/control-plane/api-client.ts";
import { credentialOf } from "../../e2e/webhook/objects.ts";
import { waitUntil } from "../../wait-until.ts";

/** How many. Namespaces are named `ns-<number>`. */
export interface ClusterSize {
  readonly namespaces: number;
  readonly credentialsPerNamespace: number;
}

/** As many as the client has connections. */
const CLIENTS = 64;

/** Runs `work` for each number below `count`, a few at a time. */
export async function forEachNumber(
  count: number,
  clients: number,
  work: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < count) {
      const number = next;
      next += 1;
      await work(number);
    }
  };
  await Promise.all(Array.from({ length: Math.min(clients, count) }, client));
}

/** Creates namespaces, their ServiceAccounts (by the controller) and their credentials. @throws when a request is refused */
export async function fillCluster(
  api: ApiClient,
  { namespaces, credentialsPerNamespace }: ClusterSize,
): Promise<void> {
  await forEachNumber(namespaces, CLIENTS, async (number) => {
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: `ns-${number}` } };
    await api.expect("POST", "/api/v1/namespaces", body);
  });
  await forEachNumber(namespaces * credentialsPerNamespace, CLIENTS, async (number) => {
    const namespace = Math.floor(number / credentialsPerNamespace);
    const { name, registryKey } = registryKeyOf(namespace, number % credentialsPerNamespace);
    const body = credentialOf(name, registryKey);
    await api.expect("POST", `/api/v1/namespaces/ns-${namespace}/secrets`, body);
  });
  await waitUntil(
    "the ServiceAccounts of all namespaces",
    async () => (await countOf(api, "serviceaccounts")) > namespaces,
    { timeoutMs: 300_000, intervalMs: 500 },
  );
}

/**
 * Name and registry key of a credential. Three of five are copies that stand in every namespace under the same name, as those of
 * a Rancher project; the others have names and keys of their own, so that not everything is alike.
 */
export function registryKeyOf(
  namespace: number,
  index: number,
): { readonly name: string; readonly registryKey: string } {
  return index < 3
    ? { name: `project-registry-${index}`, registryKey: `registry-${index}.corp.example.com` }
    : {
        name: `team-${namespace}-robot-${index}`,
        registryKey: `harbor.corp.example.com/team-${namespace}-${index}`,
      };
}

/** Counts objects by the total that a list of one of them tells. */
async function countOf(api: ApiClient, resource: string): Promise<number> {
  const list = await api.expect<{
    readonly items: readonly unknown[];
    readonly metadata: { readonly remainingItemCount?: number };
  }>("GET", `/api/v1/${resource}?limit=1`);
  return list.items.length + (list.metadata.remainingItemCount ?? 0);
}
