/**
 * Reads a namespace from the server, now, and puts what it finds into the index: afterwards the index reflects every write
 * that was acknowledged before the read began. live-read-queue.ts shares reads and bounds them.
 */
import type { LiveReadScope } from "../../core/admission/needs-live-read.ts";
import { MAX_OBJECT_BYTES } from "../api/answer-limits.ts";
import type { ApiClient } from "../api/api-client.ts";
import { ApiServerError, unreadable } from "../api/api-server-error.ts";
import type { ScopeTables } from "../index/cluster-index.ts";
import { listObjects } from "../list-watch/list.ts";
import type { IndexedCredential } from "../objects/secret-resource.ts";
import { pathOf } from "../objects/watched-resource.ts";
import { listSecretVersions, matchesIndex, type SecretVersions } from "./secret-versions.ts";

/** Of what a live read consists. */
export interface LiveRead {
  readonly namespace: string;
  /** Read whatever the scope is. */
  readonly serviceAccountNames: ReadonlySet<string>;
  /** The ServiceAccounts alone, or the credentials of the namespace as well. */
  readonly scope: LiveReadScope;
}

/** What a live read works with. */
export interface LiveReadDependencies {
  readonly client: ApiClient;
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
  const { client, tables, idleTimeoutMs, signal } = parts;
  const [table] = tables.credentials.values();
  const labelSelector = table?.resource.labelSelector;
  const now = await listSecretVersions(client, namespace, { labelSelector, idleTimeoutMs, signal }).catch(
    nothingIfNoTables,
  );
  const lists = [...tables.credentials].map(async ([type, table]) => {
    if (now !== undefined && isUpToDate(type, now)) return;
    const objects = new Map<string, IndexedCredential>();
    const scope = { resource: table.resource, namespace };
    const version = await listObjects(client, scope, {
      signal,
      paged: false,
      known: (_, name) => table.inNamespace(namespace).get(name),
      onObject: ({ name, value }) => objects.set(name, value),
    });
    table.replaceNamespace(namespace, objects, version);
  });
  await Promise.all(lists);

  function isUpToDate(type: string, { version, secrets }: SecretVersions): boolean {
    const table = tables.credentials.get(type);
    return (
      table !== undefined &&
      (table.versionOf(namespace) >= version ||
        matchesIndex(table.inNamespace(namespace), secrets.get(type) ?? new Map()))
    );
  }
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
  const path = `${pathOf("serviceaccounts", namespace)}/${encodeURIComponent(name)}`;
  const body = await client.get({ path, query: {}, rule, idleTimeoutMs, signal });
  if (body === undefined) return false;
  const observed = tables.serviceAccounts.resource.read(await readWhole(body));
  if (observed === undefined) throw unreadable("object", "it is not a ServiceAccount");
  tables.serviceAccounts.applyLiveRead(observed);
  return true;
}

async function readWhole(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_OBJECT_BYTES) throw unreadable("object", "it is too long");
  }
  return Buffer.concat(chunks);
}
