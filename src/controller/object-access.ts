/** Reads single objects as they are now, and of each only what decisions need; creates others. */
import type { ApiClient, ApiReader, ApiRequest } from "../cluster/api/api-client.ts";
import { refusal, unreadable } from "../cluster/api/api-server-error.ts";
import { type ObjectAddress, pathOfObject } from "../cluster/api/object-path.ts";
import { readWhole } from "../cluster/api/object-stream.ts";
import { pickMembers, type Selection } from "../cluster/objects/json-pick.ts";
import { arrayAt, isObject, type JsonObject } from "../core/json-value.ts";

/** Longest wait for an answer; nobody waits for the controller. */
const ANSWER_MS = 10_000;

/** What is read of an object. */
export type ObjectSelection = { readonly [member: string]: Selection };

/**
 * Reads one object; undefined when there is none.
 * @throws ApiServerError when it is refused or cannot be read
 */
export async function readObject(
  client: ApiReader,
  address: ObjectAddress,
  options: { readonly selection: ObjectSelection; readonly rule: Omit<ApiRequest["rule"], "verb" | "resource"> },
): Promise<JsonObject | undefined> {
  const body = await client.get({
    path: pathOfObject(address),
    query: {},
    rule: { verb: "get", resource: address.resource, ...options.rule },
    idleTimeoutMs: ANSWER_MS,
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  if (body === undefined) return undefined;
  const object = pickMembers(await readWhole(body), options.selection);
  if (object === undefined) throw unreadable("object", "it is not a JSON object");
  return object;
}

/**
 * Reads the items of a list; the objects of one owner or Service, which are few.
 * @throws ApiServerError when it is refused or cannot be read
 */
export async function listItems(
  client: ApiReader,
  address: Omit<ObjectAddress, "name">,
  options: {
    readonly labelSelector: string;
    readonly item: ObjectSelection;
    readonly ruleNamespace: string | undefined;
  },
): Promise<readonly JsonObject[]> {
  const rule = { verb: "list", resource: address.resource, namespace: options.ruleNamespace } as const;
  const body = await client.get({
    path: pathOfObject({ ...address, name: "" }),
    query: { labelSelector: options.labelSelector },
    rule,
    idleTimeoutMs: ANSWER_MS,
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  if (body === undefined) throw refusal(404, rule);
  return arrayAt(pickMembers(await readWhole(body), { items: [options.item] }), ["items"]).filter(isObject);
}

/**
 * Creates an object in a collection, or in what belongs to an object, as its eviction does. `conflict`: there is one of that
 * name, or a precondition does not hold.
 * @throws ApiServerError when it is refused or there is no answer
 */
export function createObject(
  client: Pick<ApiClient, "post">,
  address: ObjectAddress & { readonly subresource?: string },
  options: { readonly object: JsonObject; readonly ruleNamespace: string | undefined },
): Promise<"created" | "conflict"> {
  const part = address.subresource === undefined ? "" : `/${address.subresource}`;
  const request = {
    path: `${pathOfObject(address)}${part}`,
    query: {},
    rule: { verb: "create", resource: `${address.resource}${part}`, namespace: options.ruleNamespace } as const,
    idleTimeoutMs: ANSWER_MS,
    signal: AbortSignal.timeout(ANSWER_MS),
  };
  return client.post(request, options.object);
}
