/** Lists Secrets as a table: their names, types and versions, and nothing of their content. */

import { isObject, memberAt, memberOf, stringOf } from "../../core/json-value.ts";
import type { ApiReader } from "../api/api-client.ts";
import { refusal, unreadable } from "../api/api-server-error.ts";
import { pathOfObject } from "../api/object-path.ts";
import { pickMembers } from "../objects/json-pick.ts";
import { resourceVersionOf } from "../objects/watched-resource.ts";
import { readElements, versionOf } from "./list.ts";

/** Which Secrets are listed. */
export interface SecretTableRequest {
  /** undefined: all namespaces. */
  readonly namespace: string | undefined;
  readonly fieldSelector?: string;
  readonly labelSelector?: string | undefined;
  /** Longest wait for a piece of the answer. */
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** One Secret. */
export interface SecretRow {
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly version: number;
}

/**
 * As `kubectl get` asks for it: name and type of each Secret, and its metadata; no data.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
 */
const ACCEPT_TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1";

const ROW = {
  cells: "value",
  object: { metadata: { namespace: "value", name: "value", resourceVersion: "value" } },
} as const;

/** Lists the Secrets as they are now, at `version`. @throws ApiServerError when it fails, or the server makes no table */
export async function listSecretTable(
  client: ApiReader,
  { namespace, fieldSelector, labelSelector, ...options }: SecretTableRequest,
): Promise<{ readonly version: number; readonly rows: readonly SecretRow[] }> {
  const rule = { verb: "list", resource: "secrets", namespace } as const;
  const body = await client.get({
    path: pathOfObject({ group: "", resource: "secrets", namespace, name: "" }),
    query: { fieldSelector, labelSelector, includeObject: "Metadata" },
    rule,
    accept: ACCEPT_TABLE,
    ...options,
  });
  if (body === undefined) throw refusal(404, rule);
  const rows: ReturnType<typeof readRow>[] = [];
  const envelope = await readElements(body, "rows", (element) => rows.push(readRow(element)));
  const column = typeColumnOf(envelope);
  return {
    version: versionOf(envelope),
    rows: rows.map(({ cells, ...row }) => ({ ...row, type: String(cells[column]) })),
  };
}

function readRow(element: Uint8Array) {
  const { cells, object } = pickMembers(element, ROW) ?? {};
  const name = stringOf(memberAt(object, ["metadata", "name"]));
  const namespace = stringOf(memberAt(object, ["metadata", "namespace"])) ?? "";
  const version = resourceVersionOf(object);
  if (!Array.isArray(cells) || name === undefined || version === undefined) {
    throw unreadable("list", "a row of the table cannot be read");
  }
  return { cells, namespace, name, version };
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
