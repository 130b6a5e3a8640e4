/**
 * Reads some namespaces once, with the rights of the person who asks for an explanation. It watches nothing and repeats
 * nothing: what cannot be read is listed.
 */
import type { KubeConfig } from "@kubernetes/client-node";
import { createApiClient } from "../../cluster/api/api-client.ts";
import { describeError } from "../../cluster/api/api-server-error.ts";
import { ClusterIndex } from "../../cluster/index/cluster-index.ts";
import { type ObjectsByNamespace, putObject, type ReflectedTable } from "../../cluster/index/reflected-table.ts";
import { listObjects } from "../../cluster/list-watch/list.ts";
import type { Observed, ResourceName } from "../../cluster/objects/watched-resource.ts";
import type { NamespaceView } from "../../core/admission/namespace-view.ts";

/** Choices for {@link readNamespaces}. */
export interface NamespaceReaderOptions {
  /** @see loadClientConfig */
  readonly loadConfig: () => KubeConfig;
  /** Version of pullring, for the User-Agent. */
  readonly version: string;
  readonly namespaces: readonly string[];
  /** Longest time for all of it, in milliseconds; default 30 s. */
  readonly timeoutMs?: number;
}

/** A part of a namespace that could not be read. */
export interface UnreadablePart {
  readonly namespace: string;
  readonly resource: ResourceName;
  /** One line for a person: the right that is missing, in RBAC's words, or what else went wrong. */
  readonly reason: string;
}

/** What was read. */
export interface NamespaceReading {
  /** What is known of one of the namespaces; empty where nothing could be read. */
  view(namespace: string, serviceAccountName: string): NamespaceView;
  /** Empty when everything could be read. */
  readonly unreadable: readonly UnreadablePart[];
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** Requests beyond that wait. Each namespace takes three. */
const MAX_CONNECTIONS = 24;
/** Keyrings that are built at a time: an explanation asks for one namespace after the other. */
const MAX_BUILT_CREDENTIALS = 20_000;

/**
 * Reads the credentials and ServiceAccounts of the namespaces.
 * @throws Error when the configuration cannot be loaded; nothing else makes it fail
 */
export async function readNamespaces(options: NamespaceReaderOptions): Promise<NamespaceReading> {
  const { loadConfig, version, namespaces, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const client = createApiClient({
    load: loadConfig,
    userAgent: `pullring/${version}`,
    maxConnections: MAX_CONNECTIONS,
  });
  const index = new ClusterIndex({
    namespaces: [...new Set(namespaces)],
    maxBuiltCredentials: MAX_BUILT_CREDENTIALS,
  });
  const unreadable = new Map<string, UnreadablePart>();
  const signal = AbortSignal.timeout(timeoutMs);

  async function read<T>(table: ReflectedTable<T>): Promise<void> {
    const objects: ObjectsByNamespace<T> = new Map();
    try {
      const onObject = (observed: Observed<T>): void => putObject(objects, observed);
      table.replaceAll(objects, await listObjects(client, table, { signal, paged: true, onObject }));
    } catch (error) {
      const { resource, namespace = "" } = table;
      const part = { namespace, resource: resource.name, reason: describeError(error) };
      unreadable.set(`${namespace} ${resource.name}`, part);
    }
  }

  await Promise.all(index.tables().map(read));
  client.close();
  return { view: (namespace, name) => index.view(namespace, name), unreadable: [...unreadable.values()] };
}
