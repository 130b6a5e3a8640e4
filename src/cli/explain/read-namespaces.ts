/**
 * Reads some namespaces once, with the rights of whoever runs it, for a person who asks for an explanation. It watches nothing
 * and waits for no better moment: what cannot be read is told.
 */
import type { KubeConfig } from "@kubernetes/client-node";
import { type AccessRule, describeAccessRule } from "../../cluster/api/access-rule.ts";
import { type ApiClient, createApiClient } from "../../cluster/api/api-client.ts";
import { ApiServerError, describeFailure } from "../../cluster/api/api-server-error.ts";
import { Connection } from "../../cluster/api/connection.ts";
import { ClusterIndex } from "../../cluster/index/cluster-index.ts";
import type { ReflectedTable } from "../../cluster/index/reflected-table.ts";
import { listObjects } from "../../cluster/list-watch/list.ts";
import { credentialResource } from "../../cluster/objects/secret-resource.ts";
import { serviceAccountResource } from "../../cluster/objects/service-account-resource.ts";
import type { WatchedResource } from "../../cluster/objects/watched-resource.ts";
import type { NamespaceView } from "../../core/admission/namespace-view.ts";
import { CREDENTIAL_TYPES } from "../../core/kubelet/credential.ts";

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
  readonly resource: AccessRule["resource"];
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
/** Namespaces that are read at the same time, by three requests each. */
const PARALLEL_NAMESPACES = 8;
/** Keyrings that are built at a time: an explanation asks for one namespace after the other. */
const MAX_BUILT_CREDENTIALS = 20_000;

/**
 * Reads the credentials and ServiceAccounts of the namespaces.
 * @throws Error when the configuration cannot be loaded; nothing else makes it fail
 */
export async function readNamespaces(options: NamespaceReaderOptions): Promise<NamespaceReading> {
  const namespaces = [...new Set(options.namespaces)];
  const connection = new Connection({ load: options.loadConfig, maxConnections: 3 * PARALLEL_NAMESPACES });
  const client = createApiClient(connection, `pullring/${options.version}`);
  const index = new ClusterIndex(namespaces, MAX_BUILT_CREDENTIALS);
  const unreadable: UnreadablePart[] = [];
  const reader = new PartReader(
    client,
    AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    unreadable,
  );
  const waiting = [...namespaces];
  async function work(): Promise<void> {
    for (let namespace = waiting.shift(); namespace !== undefined; namespace = waiting.shift()) {
      await readNamespace(reader, index, namespace);
    }
  }
  await Promise.all(Array.from({ length: PARALLEL_NAMESPACES }, work));
  connection.close();
  return { view: (namespace, name) => index.view(namespace, name), unreadable };
}

async function readNamespace(reader: PartReader, index: ClusterIndex, namespace: string): Promise<void> {
  const tables = index.tablesOf(namespace);
  if (tables === undefined) {
    return;
  }
  const credentials = [...CREDENTIAL_TYPES.keys()].map((type) => {
    const table = tables.credentials.get(type);
    return table && reader.read(credentialResource(type, namespace), table);
  });
  await Promise.all([...credentials, reader.read(serviceAccountResource(namespace), tables.serviceAccounts)]);
}

/** Fills tables, and notes once per namespace and resource what stood in the way. */
class PartReader {
  readonly #client: ApiClient;
  readonly #signal: AbortSignal;
  readonly #unreadable: UnreadablePart[];

  constructor(client: ApiClient, signal: AbortSignal, unreadable: UnreadablePart[]) {
    this.#client = client;
    this.#signal = signal;
    this.#unreadable = unreadable;
  }

  async read<T>(resource: WatchedResource<T>, table: ReflectedTable<T>): Promise<void> {
    const namespace = resource.namespace ?? "";
    const objects = new Map<string, T>();
    try {
      const version = await listObjects(this.#client, resource, {
        signal: this.#signal,
        paged: true,
        onObject: ({ name, value }) => objects.set(name, value),
      });
      table.replaceNamespace(namespace, objects, version);
    } catch (error) {
      const rule = error instanceof ApiServerError ? error.missingRule : undefined;
      const reason =
        rule === undefined ? describeFailure(error) : `missing right: ${describeAccessRule(rule)}`;
      const isKnown = this.#unreadable.some(
        (part) => part.namespace === namespace && part.resource === resource.resource,
      );
      if (!isKnown) {
        this.#unreadable.push({ namespace, resource: resource.resource, reason });
      }
    }
  }
}
