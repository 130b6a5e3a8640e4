/**
 * Asks which registry credentials a namespace has and at which versions, without asking for anything in them. One such answer
 * proves that what is known is up to date, or shows for which type it is not.
 */
import { isObject, memberAt, memberOf, stringOf } from "../../core/json-value.ts";
import type { ApiClient } from "../api/api-client.ts";
import { refusal, unreadable } from "../api/api-server-error.ts";
import { readElements, versionOf } from "../list-watch/list.ts";
import { pickMembers } from "../objects/json-pick.ts";
import { resourceVersionOf } from "../objects/object-key.ts";
import type { IndexedCredential } from "../objects/secret-resource.ts";
import { pathOf } from "../objects/watched-resource.ts";

/** The Secrets of a namespace as they were, all of them, at `version`. */
export interface SecretVersions {
  readonly version: number;
  /** By type, then by name: the version of each. A type without Secrets is missing. */
  readonly secrets: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/**
 * A table, as `kubectl get` asks for it: name and type of each Secret, and its metadata; no data.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
 */
const ACCEPT_TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1";

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

const ROW = { cells: "value", object: { metadata: { name: "value", resourceVersion: "value" } } } as const;

/**
 * Lists the Secrets of `namespace` as they are now.
 * @param options.idleTimeoutMs longest wait for a piece of the answer
 * @throws ApiServerError when it fails or cannot be read
 */
export async function listSecretVersions(
  client: ApiClient,
  namespace: string,
  {
    labelSelector,
    ...options
  }: { readonly labelSelector: string | undefined; readonly idleTimeoutMs: number; readonly signal: AbortSignal },
): Promise<SecretVersions> {
  const rule = { verb: "list", resource: "secrets", namespace } as const;
  const fieldSelector = OTHER_TYPES.map((type) => `type!=${type}`).join(",");
  const body = await client.get({
    path: pathOf("secrets", namespace),
    query: { fieldSelector, labelSelector, includeObject: "Metadata" },
    rule,
    accept: ACCEPT_TABLE,
    ...options,
  });
  if (body === undefined) throw refusal(404, rule);
  const rows: Row[] = [];
  const envelope = await readElements(body, "rows", (element) => rows.push(readRow(element)));
  return { version: versionOf(envelope), secrets: groupByType(rows, typeColumnOf(envelope)) };
}

interface Row {
  readonly cells: readonly unknown[];
  readonly name: string;
  readonly version: number;
}

function readRow(element: Uint8Array): Row {
  const row = pickMembers(element, ROW);
  const cells = memberOf(row, "cells");
  const name = stringOf(memberAt(row, ["object", "metadata", "name"]));
  const version = resourceVersionOf(memberOf(row, "object"));
  if (!Array.isArray(cells) || name === undefined || version === undefined) {
    throw unreadable("list", "a row of the table cannot be read");
  }
  return { cells, name, version };
}

/** The column of the type. Columns are found by name, as their order is not promised. */
function typeColumnOf(envelope: unknown): number {
  const columns = memberOf(envelope, "columnDefinitions");
  const column = Array.isArray(columns)
    ? columns.findIndex((definition) => isObject(definition) && definition.name === "Type")
    : -1;
  if (memberOf(envelope, "kind") !== "Table" || column < 0) throw unreadable("list", "it is not a table with a type");
  return column;
}

function groupByType(rows: readonly Row[], column: number): SecretVersions["secrets"] {
  const secrets = new Map<string, Map<string, number>>();
  for (const { cells, name, version } of rows) {
    const type = String(cells[column]);
    const versions = secrets.get(type) ?? new Map<string, number>();
    secrets.set(type, versions.set(name, version));
  }
  return secrets;
}

/** Whether `known` has just the Secrets of `versions`, each at the same version. */
export function matchesIndex(
  known: ReadonlyMap<string, IndexedCredential>,
  versions: ReadonlyMap<string, number>,
): boolean {
  return known.size === versions.size && [...versions].every(([name, version]) => known.get(name)?.version === version);
}
