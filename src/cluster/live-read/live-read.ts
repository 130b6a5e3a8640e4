/**
 * Reads a namespace from the server, now, and puts what it finds into the index: afterwards the index reflects every write
 * that was acknowledged before the read began. live-read-queue.ts shares reads and bounds them.
 */

import type { LiveReadScope } from "../../core/admission/needs-live-read.ts";
import type { ApiReader } from "../api/api-client.ts";
import { ApiServerError, unreadable } from "../api/api-server-error.ts";
import { pathOfObject } from "../api/object-path.ts";
import { readWhole } from "../api/object-stream.ts";
import type { ScopeTables } from "../index/cluster-index.ts";
import type { ReflectedTable } from "../index/reflected-table.ts";
import type { SharedCredentials } from "../index/shared-credentials.ts";
import { listObjects } from "../list-watch/list.ts";
import { listSecretTable } from "../list-watch/secret-table.ts";
import type { Namespace } from "../objects/namespace-resource.ts";
import type { IndexedCredential } from "../objects/secret-resource.ts";
import type { ResourceScope } from "../objects/watched-resource.ts";

/** What is to be read. */
export interface LiveRead {
  readonly namespace: string;
  /** Read whatever the scope is. */
  readonly serviceAccountNames: ReadonlySet<string>;
  /** The ServiceAccounts alone, or the credentials of the namespace as well. */
  readonly scope: LiveReadScope;
}

/** What a live read works with. */
export interface LiveReadDependencies {
  readonly client: ApiReader;
  /** The tables that hold the namespace. */
  readonly tables: ScopeTables;
  /** undefined: nothing is shared. */
  readonly shared: SharedCredentials | undefined;
  /** Longest wait for a piece of an answer. */
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Reads once.
 * @returns the names among `serviceAccountNames` that the server does not have
 * @throws ApiServerError when a part of it fails; what the other parts found is in the tables all the same
 */
export async function readNamespace(
  { namespace, serviceAccountNames, scope }: LiveRead,
  parts: LiveReadDependencies,
): Promise<ReadonlySet<string>> {
  const missing = new Set<string>();
  const known = parts.tables.serviceAccounts.inNamespace(namespace);
  const isKnown = [...serviceAccountNames].some((name) => known.has(name));
  const accounts = [...serviceAccountNames].map(async (name) => {
    if (!(await readServiceAccount(namespace, name, parts))) missing.add(name);
  });
  // Without a ServiceAccount there is no Pod to read credentials for, and where none is known there may be no namespace.
  if (!isKnown) await Promise.allSettled(accounts);
  const isNeeded = scope === "namespace" && missing.size < serviceAccountNames.size;
  const credentials = isNeeded
    ? [readCredentials(namespace, parts.tables.credentials, parts), ...readShared(namespace, parts)]
    : [];
  const results = await Promise.allSettled([...credentials, ...accounts]);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return missing;
}

/** Brings what is shared up to now: the labels of the namespace, and the credentials that are shared with those who have them. */
function readShared(namespace: string, parts: LiveReadDependencies): readonly Promise<void>[] {
  const { shared } = parts;
  const table = shared?.labelTableOf(namespace);
  if (shared === undefined || table === undefined) return [];
  return [readLabels(namespace, table, parts), readCredentials(shared.sharedNamespace, shared.credentials, parts)];
}

async function readLabels(
  namespace: string,
  table: ReflectedTable<Namespace>,
  { client, idleTimeoutMs, signal }: LiveReadDependencies,
): Promise<void> {
  const rule = { verb: "get", resource: "namespaces", namespace } as const;
  const path = pathOfObject({ group: "", resource: "namespaces", namespace: undefined, name: namespace });
  const body = await client.get({ path, query: {}, rule, idleTimeoutMs, signal });
  if (body === undefined) return;
  const observed = table.resource.read(await readWhole(body));
  if (observed === undefined) throw unreadable("object", "it is not a Namespace");
  table.applyLiveRead(observed);
}

/**
 * Brings the credentials of the namespace up to now. A type is only read where the versions of its Secrets do not show that it
 * is: because the watch is past them, or because exactly these are held. A few that differ are read by their names; each is then
 * as new as the versions, or newer.
 */
async function readCredentials<T extends IndexedCredential>(
  namespace: string,
  tables: ReadonlyMap<string, ReflectedTable<T>>,
  parts: LiveReadDependencies,
): Promise<void> {
  const { client, signal } = parts;
  const [first] = tables.values();
  const labelSelector = first?.resource.labelSelector;
  const now = await listSecretVersions(namespace, labelSelector, parts).catch(nothingIfNoTables);
  const lists = [...tables].map(async ([type, table]) => {
    const held = table.inNamespace(namespace);
    const versions = now?.secrets.get(type) ?? new Map<string, number>();
    const changed = [...versions].flatMap(([name, version]) => (held.get(name)?.version === version ? [] : [name]));
    const isHeld = changed.length === 0 && held.size === versions.size;
    if (now !== undefined && (isHeld || table.versionOf(namespace) >= now.version)) return;
    if (now !== undefined && changed.length <= MAX_CHANGED) {
      const objects = new Map([...held].filter(([name, { version }]) => versions.get(name) === version));
      const fieldSelectors = changed.map((name) => `${table.resource.fieldSelector},metadata.name=${name}`);
      const scopes = fieldSelectors.map((fieldSelector) => ({
        resource: { ...table.resource, fieldSelector },
        namespace,
      }));
      await Promise.all(scopes.map((scope) => listInto(objects, scope, { held, client, signal })));
      const newer = new Map(changed.map((name) => [name, objects.get(name)?.version ?? 0]));
      table.replaceNamespace(namespace, objects, now.version, newer);
    } else {
      const objects = new Map<string, T>();
      const version = await listInto(objects, { resource: table.resource, namespace }, { held, client, signal });
      table.replaceNamespace(namespace, objects, version);
    }
  });
  await Promise.all(lists);
}

/**
 * Most Secrets that are read one by one. A namespace can have a hundred of a mebibyte, and whoever writes one of them and creates a
 * Pod would have all of them read each time.
 */
const MAX_CHANGED = 8;

/** Lists what is in `scope`, and gives the version at which that was all. */
function listInto<T extends IndexedCredential>(
  objects: Map<string, T>,
  scope: ResourceScope<T>,
  { held, client, signal }: Pick<LiveReadDependencies, "client" | "signal"> & { readonly held: ReadonlyMap<string, T> },
): Promise<number> {
  return listObjects(client, scope, {
    signal,
    paged: false,
    known: (_, name) => held.get(name),
    onObject: ({ name, value }) => objects.set(name, value),
  });
}

/** A server that makes no tables is asked for the lists themselves. */
function nothingIfNoTables(error: unknown): undefined {
  if (error instanceof ApiServerError && (error.isUnreadable || error.status === 406)) return undefined;
  throw error;
}

/** Whether there is such a ServiceAccount; its content is in the table then. */
async function readServiceAccount(
  namespace: string,
  name: string,
  { client, tables, idleTimeoutMs, signal }: LiveReadDependencies,
): Promise<boolean> {
  const rule = { verb: "get", resource: "serviceaccounts", namespace } as const;
  const path = pathOfObject({ group: "", resource: "serviceaccounts", namespace, name });
  const body = await client.get({ path, query: {}, rule, idleTimeoutMs, signal });
  if (body === undefined) return false;
  const observed = tables.serviceAccounts.resource.read(await readWhole(body));
  if (observed === undefined) throw unreadable("object", "it is not a ServiceAccount");
  tables.serviceAccounts.applyLiveRead(observed);
  return true;
}

/** The Secrets of a namespace as they were, all of them, at `version`. */
interface SecretVersions {
  readonly version: number;
  /** By type, then by name: the version of each. A type without Secrets is missing. */
  readonly secrets: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/**
 * Field selectors know no "or", so that the common types which are not credentials are left out instead. What other types
 * there are comes along as name and metadata.
 * @see kubernetes pkg/apis/core/types.go SecretType; helm.sh/release.v1 is Helm's
 */
const OTHER_TYPES = [
  "Opaque",
  "kubernetes.io/service-account-token",
  "kubernetes.io/basic-auth",
  "kubernetes.io/ssh-auth",
  "kubernetes.io/tls",
  "bootstrap.kubernetes.io/token",
  "helm.sh/release.v1",
];

/** Lists the Secrets of `namespace` as they are now. @throws ApiServerError when it fails or cannot be read */
async function listSecretVersions(
  namespace: string,
  labelSelector: string | undefined,
  { client, idleTimeoutMs, signal }: LiveReadDependencies,
): Promise<SecretVersions> {
  const { version, rows } = await listSecretTable(client, {
    namespace,
    fieldSelector: OTHER_TYPES.map((type) => `type!=${type}`).join(","),
    labelSelector,
    idleTimeoutMs,
    signal,
  });
  const secrets = new Map<string, Map<string, number>>();
  for (const row of rows) secrets.set(row.type, (secrets.get(row.type) ?? new Map()).set(row.name, row.version));
  return { version, secrets };
}
