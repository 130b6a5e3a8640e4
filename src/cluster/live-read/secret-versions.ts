/**
 * Asks which registry credentials a namespace has and at which versions, without asking for anything in them. One such answer
 * proves that what is known is up to date, or tells for which type it is not.
 */

import { isObject, memberAt, memberOf, stringOf } from "../../core/json-value.ts";
import { CREDENTIAL_TYPES } from "../../core/kubelet/credential.ts";
import type { ApiClient } from "../api/api-client.ts";
import { refusal, unreadable } from "../api/api-server-error.ts";
import type { NamespaceContent } from "../index/packed-objects.ts";
import { readElements, versionOf } from "../list-watch/list.ts";
import { pickMembers } from "../objects/json-pick.ts";
import { parseResourceVersion } from "../objects/resource-version.ts";
import type { IndexedCredential } from "../objects/secret-resource.ts";
import { pathOf } from "../objects/watched-resource.ts";

/** The credentials of a namespace as they were, all of them, at `version`. */
export interface SecretVersions {
  readonly version: number;
  /** By type, then by name: the version of each. */
  readonly credentials: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/**
 * A table, as `kubectl get` asks for it: name and type of each Secret, and its metadata; no data.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
 */
const ACCEPT_TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1";

/**
 * Field selectors know no "or", so that the types which are common and of no use to us are left out instead. What other types
 * there are comes along as name and metadata.
 * @see kubernetes pkg/apis/core/types.go SecretType; helm.sh/release.v1 is Helm's
 */
const USELESS_TYPES = [
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
 * Takes the census of `namespace` as it is now.
 * @param idleTimeoutMs longest wait for a piece of the answer
 * @throws ApiServerError when it fails or cannot be read
 */
export async function listSecretVersions(
  client: ApiClient,
  namespace: string,
  { idleTimeoutMs, signal }: { readonly idleTimeoutMs: number; readonly signal: AbortSignal },
): Promise<SecretVersions> {
  const rule = { verb: "list", resource: "secrets", namespace } as const;
  const fieldSelector = USELESS_TYPES.map((type) => `type!=${type}`).join(",");
  const query = { fieldSelector, includeObject: "Metadata" };
  const request = { path: pathOf(rule), query, rule, accept: ACCEPT_TABLE, idleTimeoutMs, signal };
  const body = await client.get(request);
  if (body === undefined) {
    throw refusal(404, rule);
  }
  const rows: Row[] = [];
  const envelope = await readElements(body, "rows", (element) => rows.push(readRow(element)));
  return { version: versionOf(envelope), credentials: sortByType(rows, typeColumnOf(envelope)) };
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
  const version = parseResourceVersion(memberAt(row, ["object", "metadata", "resourceVersion"]));
  if (!Array.isArray(cells) || name === undefined || version === undefined) {
    throw unreadable("list", "a row of the table is none");
  }
  return { cells, name, version };
}

/** The column of the type. Columns are found by name, as their order is not promised. */
function typeColumnOf(envelope: unknown): number {
  const columns = memberOf(envelope, "columnDefinitions");
  const column = Array.isArray(columns)
    ? columns.findIndex((definition) => isObject(definition) && definition.name === "Type")
    : -1;
  if (memberOf(envelope, "kind") !== "Table" || column < 0) {
    throw unreadable("list", "it is no table with a type");
  }
  return column;
}

function sortByType(rows: readonly Row[], column: number): SecretVersions["credentials"] {
  const credentials = new Map(
    [...CREDENTIAL_TYPES.keys()].map((type) => [type, new Map<string, number>()] as const),
  );
  for (const { cells, name, version } of rows) {
    credentials.get(String(cells[column]))?.set(name, version);
  }
  return credentials;
}

/** Tells whether `known` has just the credentials of `census`, each at the same version. */
export function matchesIndex(
  known: NamespaceContent<IndexedCredential>,
  census: ReadonlyMap<string, number>,
): boolean {
  if (known.size !== census.size) {
    return false;
  }
  for (const [name, version] of census) {
    if (known.get(name)?.version !== version) {
      return false;
    }
  }
  return true;
}
