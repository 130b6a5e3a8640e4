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
import { listObjects } from "../list-watch/list.ts";
import { listSecretTable } from "../list-watch/secret-table.ts";
import type { IndexedCredential } from "../objects/secret-resource.ts";

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
  const credentials = isNeeded ? [readCredentials(namespace, parts)] : [];
  const results = await Promise.allSettled([...credentials, ...accounts]);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return missing;
}

/**
 * Brings the credentials of the namespace up to now. A type is only listed where the versions of its Secrets do not show that
 * it is: because the watch is past them, or because exactly these are held.
 */
async function readCredentials(namespace: string, parts: LiveReadDependencies): Promise<void> {
  const { client, tables, signal } = parts;
  const now = await listSecretVersions(namespace, parts).catch(nothingIfNoTables);
  const lists = [...tables.credentials].map(async ([type, table]) => {
    const held = table.inNamespace(namespace);
    const versions = now?.secrets.get(type) ?? new Map<string, number>();
    const isHeld =
      held.size === versions.size && [...versions].every(([name, version]) => held.get(name)?.version === version);
    if (now !== undefined && (isHeld || table.versionOf(namespace) >= now.version)) return;
    const objects = new Map<string, IndexedCredential>();
    const scope = { resource: table.resource, namespace };
    const version = await listObjects(client, scope, {
      signal,
      paged: false,
      known: (_, name) => held.get(name),
      onObject: ({ name, value }) => objects.set(name, value),
    });
    table.replaceNamespace(namespace, objects, version);
  });
  await Promise.all(lists);
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
  { client, tables, idleTimeoutMs, signal }: LiveReadDependencies,
): Promise<SecretVersions> {
  const [table] = tables.credentials.values();
  const { version, rows } = await listSecretTable(client, {
    namespace,
    fieldSelector: OTHER_TYPES.map((type) => `type!=${type}`).join(","),
    labelSelector: table?.resource.labelSelector,
    idleTimeoutMs,
    signal,
  });
  const secrets = new Map<string, Map<string, number>>();
  for (const row of rows) secrets.set(row.type, (secrets.get(row.type) ?? new Map()).set(row.name, row.version));
  return { version, secrets };
}
