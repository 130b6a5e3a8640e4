/**
 * Looks at a namespace on the server, now, and puts what it finds into the index: afterwards the index reflects every write
 * that was acknowledged before the look began. It shares nothing with other looks and has no budget; look-queue.ts does both.
 */
import type { LiveReadScope } from "../../core/admission/needs-live-read.ts";
import { MAX_OBJECT_BYTES } from "../api/answer-limits.ts";
import type { ApiClient } from "../api/api-client.ts";
import { ApiServerError, unreadable } from "../api/api-server-error.ts";
import type { ScopeTables } from "../index/cluster-index.ts";
import type { ReflectedTable } from "../index/reflected-table.ts";
import { listObjects } from "../list-watch/list.ts";
import { credentialResource, type IndexedCredential } from "../objects/secret-resource.ts";
import { serviceAccountResource } from "../objects/service-account-resource.ts";
import { pathOf } from "../objects/watched-resource.ts";
import { listSecretVersions, matchesIndex, type SecretVersions } from "./secret-versions.ts";

/** Requests sent by looks so far. */
export interface LiveReadCounts {
  censuses: number;
  lists: number;
  gets: number;
}

/** What a look works with. */
export interface LiveReadDependencies {
  readonly client: ApiClient;
  /** Longest wait for a piece of an answer. */
  readonly idleTimeoutMs: number;
  readonly counts: LiveReadCounts;
}

/** What to look at. */
export interface LiveReadTarget {
  readonly namespace: string;
  /** Looked at whatever the scope is. */
  readonly serviceAccountNames: ReadonlySet<string>;
  readonly scope: LiveReadScope;
  readonly tables: ScopeTables;
}

/**
 * Looks once.
 * @returns the names among `serviceAccountNames` that the server does not have
 * @throws ApiServerError when a part of it fails; what the other parts found is in the tables all the same
 */
export async function readNamespaceLive(
  parts: LiveReadDependencies,
  target: LiveReadTarget,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const missing = new Set<string>();
  const reads = [...target.serviceAccountNames].map(async (name) => {
    if (!(await readServiceAccount(parts, target, { name, signal }))) {
      missing.add(name);
    }
  });
  const credentials = target.scope === "namespace" ? [refreshCredentials(parts, target, signal)] : [];
  const results = await Promise.allSettled([...credentials, ...reads]);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) {
    throw failed.reason;
  }
  return missing;
}

/**
 * Brings the credentials of the namespace up to now. Nothing more is read where the census shows that they are: because the
 * watch is past the version of the census, or because what is held is exactly what the census counts.
 */
async function refreshCredentials(
  parts: LiveReadDependencies,
  target: LiveReadTarget,
  signal: AbortSignal,
): Promise<void> {
  parts.counts.censuses += 1;
  const census = await listSecretVersions(parts.client, target.namespace, {
    idleTimeoutMs: parts.idleTimeoutMs,
    signal,
  }).catch(nothingIfUnreadable);
  const behind = [...target.tables.credentials].filter(([type, table]) => {
    return census === undefined || isBehind(table, target.namespace, { census, type });
  });
  await Promise.all(
    behind.map(async ([type, table]) => {
      parts.counts.lists += 1;
      const { namespace } = target;
      const objects = new Map<string, IndexedCredential>();
      const version = await listObjects(parts.client, credentialResource(type, namespace), {
        signal,
        paged: false,
        known: (_, name) => table.inNamespace(namespace).get(name),
        onObject: ({ name, value }) => objects.set(name, value),
      });
      table.replaceNamespace(namespace, objects, version);
    }),
  );
}

/** A server that knows no tables is asked for the lists themselves. */
function nothingIfUnreadable(error: unknown): undefined {
  const status = error instanceof ApiServerError ? error.status : undefined;
  if (error instanceof ApiServerError && (error.isUnreadable || status === 406)) {
    return undefined;
  }
  throw error;
}

function isBehind(
  table: ReflectedTable<IndexedCredential>,
  namespace: string,
  { census, type }: { readonly census: SecretVersions; readonly type: string },
): boolean {
  const counted = census.credentials.get(type) ?? new Map<string, number>();
  return table.versionOf(namespace) < census.version && !matchesIndex(table.inNamespace(namespace), counted);
}

/** Tells whether there is such a ServiceAccount; its content is in the table then. */
async function readServiceAccount(
  { client, idleTimeoutMs, counts }: LiveReadDependencies,
  { namespace, tables }: LiveReadTarget,
  { name, signal }: { readonly name: string; readonly signal: AbortSignal },
): Promise<boolean> {
  const resource = serviceAccountResource(namespace);
  const rule = { verb: "get", resource: "serviceaccounts", namespace } as const;
  counts.gets += 1;
  const path = `${pathOf(rule)}/${encodeURIComponent(name)}`;
  const body = await client.get({ path, query: {}, rule, idleTimeoutMs, signal });
  if (body === undefined) {
    return false;
  }
  const observed = resource.read(await readWhole(body));
  if (observed === undefined) {
    throw unreadable("object", "it is no ServiceAccount");
  }
  tables.serviceAccounts.applyLiveRead(observed);
  return true;
}

async function readWhole(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_OBJECT_BYTES) {
      throw unreadable("object", "it is too long");
    }
  }
  return Buffer.concat(chunks);
}
