/**
 * Reads the credentials of some namespaces of a cluster once, with the rights of the person who asks for an explanation. It
 * watches nothing and repeats nothing: what cannot be read is listed.
 */
import { ApiClient } from "../../cluster/api/api-client.ts";
import { describeError } from "../../cluster/api/api-server-error.ts";
import { ClusterIndex } from "../../cluster/index/cluster-index.ts";
import { type ObjectsByNamespace, putObject, type ReflectedTable } from "../../cluster/index/reflected-table.ts";
import { listObjects } from "../../cluster/list-watch/list.ts";
import type { Observed } from "../../cluster/objects/watched-resource.ts";
import { compareBytes } from "../../core/go/byte-string.ts";
import { escapeText } from "../../core/quoted-text.ts";
import { readVersion } from "../command.ts";
import { type ClusterOptions, openClientConfig } from "../flags/cluster-options.ts";
import { type KnownCredentials, toPublicFormat } from "./credentials.ts";

/** Longest time for all of it. */
const TIMEOUT_MS = 30_000;
/** Requests beyond that wait. Each namespace takes three. */
const MAX_CONNECTIONS = 24;
/** Keyrings that are built at a time: an explanation asks for one namespace after the other. */
const MAX_BUILT_CREDENTIALS = 20_000;

/**
 * Reads the credentials and ServiceAccounts of `namespaces`, which are distinct.
 * @throws ConfigError when there is no cluster to ask; nothing else makes it fail
 */
export async function readClusterCredentials(
  options: ClusterOptions,
  namespaces: readonly string[],
): Promise<KnownCredentials> {
  const client = new ApiClient({
    load: await openClientConfig(options),
    userAgent: `pullring/${readVersion()}`,
    maxConnections: MAX_CONNECTIONS,
  });
  const index = new ClusterIndex({ namespaces, maxBuiltCredentials: MAX_BUILT_CREDENTIALS });
  // Secrets are listed once for each type: what may not be listed is named once.
  const errors = new Set<string>();
  const signal = AbortSignal.timeout(TIMEOUT_MS);

  async function read<T>(table: ReflectedTable<T>): Promise<void> {
    const objects: ObjectsByNamespace<T> = new Map();
    try {
      const onObject = (observed: Observed<T>): void => putObject(objects, observed);
      table.replaceAll(objects, await listObjects(client, table, { signal, paged: true, onObject }));
    } catch (error) {
      const place = `${table.resource.name} of namespace ${escapeText(table.namespace ?? "")}`;
      errors.add(`${place}: ${describeError(error)}; explained as if there were none`);
    }
  }

  await Promise.all(index.tables().map(read));
  client.close();
  return {
    view: (namespace, name) => index.view(namespace, name),
    list: () =>
      namespaces
        .toSorted(compareBytes)
        .flatMap((namespace) =>
          [...index.view(namespace, "").keyring.credentials.values()]
            .sort((a, b) => compareBytes(a.name, b.name))
            .map((credential) => toPublicFormat(namespace, credential)),
        ),
    errors: [...errors].sort(compareBytes),
    notes: [],
  };
}
