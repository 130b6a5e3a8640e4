/** Reads single objects as they are now, and of each only what decisions need; creates, replaces and deletes others. */
import type { ApiClient, ApiReader, ApiRequest } from "../cluster/api/api-client.ts";
import { type AccessRule, refusal, unreadable } from "../cluster/api/api-server-error.ts";
import { type ObjectAddress, pathOfObject } from "../cluster/api/object-path.ts";
import { readWhole } from "../cluster/api/object-stream.ts";
import { pickMembers, type Selection } from "../cluster/objects/json-pick.ts";
import { arrayAt, isObject, type JsonObject } from "../core/json-value.ts";

/** Longest wait for an answer; nobody waits for the controller. */
const ANSWER_MS = 10_000;

/** What a write of an object needs. */
export interface WriteOptions {
  readonly object: JsonObject;
  readonly ruleNamespace: string | undefined;
  /** Longest wait for the answer; 10 s without it. */
  readonly answerMs?: number;
}

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
  const rule: AccessRule = { verb: "get", resource: address.resource, ...options.rule };
  const bytes = await withDeadline(async (signal) => {
    const body = await client.get({ path: pathOfObject(address), query: {}, rule, idleTimeoutMs: ANSWER_MS, signal });
    return body && (await readWhole(body));
  });
  if (bytes === undefined) return undefined;
  const object = pickMembers(bytes, options.selection);
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
  const path = pathOfObject({ ...address, name: "" });
  const query = { labelSelector: options.labelSelector };
  const bytes = await withDeadline(async (signal) => {
    const body = await client.get({ path, query, rule, idleTimeoutMs: ANSWER_MS, signal });
    if (body === undefined) throw refusal(404, rule);
    return await readWhole(body);
  });
  return arrayAt(pickMembers(bytes, { items: [options.item] }), ["items"]).filter(isObject);
}

/**
 * Creates an object in a collection, or in what belongs to an object, as its eviction does. `conflict`: there is one of that
 * name, or a precondition does not hold.
 * @throws ApiServerError when it is refused or there is no answer
 */
export function createObject(
  client: Pick<ApiClient, "post">,
  address: ObjectAddress & { readonly subresource?: string },
  options: WriteOptions,
): Promise<"created" | "conflict"> {
  const part = address.subresource === undefined ? "" : `/${address.subresource}`;
  const rule: AccessRule = { verb: "create", resource: `${address.resource}${part}`, namespace: options.ruleNamespace };
  const path = `${pathOfObject(address)}${part}`;
  return write(path, rule, options, (request) => client.post(request, options.object));
}

/**
 * Replaces an object by one that has the `metadata.resourceVersion` of what was seen. `conflict`: it has changed, or is gone.
 * @throws ApiServerError when it is refused or there is no answer
 */
export function replaceObject(
  client: Pick<ApiClient, "put">,
  address: ObjectAddress,
  options: WriteOptions,
): Promise<"written" | "conflict"> {
  const rule = { verb: "update", resource: address.resource, namespace: options.ruleNamespace } as const;
  return write(pathOfObject(address), rule, options, (request) => client.put(request, options.object));
}

/**
 * Deletes an object as it was seen. `conflict`: it has changed, or is gone.
 * @throws ApiServerError when it is refused or there is no answer
 */
export function deleteObject(
  client: Pick<ApiClient, "delete">,
  address: ObjectAddress,
  options: Omit<WriteOptions, "object"> & { readonly preconditions: JsonObject },
): Promise<"deleted" | "conflict"> {
  const rule = { verb: "delete", resource: address.resource, namespace: options.ruleNamespace } as const;
  const { preconditions } = options;
  const object = { apiVersion: "v1", kind: "DeleteOptions", preconditions };
  return write(pathOfObject(address), rule, options, (request) => client.delete(request, object));
}

function write<T>(
  path: string,
  rule: AccessRule,
  { answerMs = ANSWER_MS }: Pick<WriteOptions, "answerMs">,
  send: (request: ApiRequest) => Promise<T>,
): Promise<T> {
  return withDeadline((signal) => send({ path, query: {}, rule, idleTimeoutMs: answerMs, signal }), answerMs);
}

/**
 * Gives `work` a signal that aborts when an answer takes too long, as one of AbortSignal.timeout does. Such a one would live on for
 * the whole time, and with it all of the request: at 50 requests a second that is most of the controller's memory.
 */
async function withDeadline<T>(work: (signal: AbortSignal) => Promise<T>, answerMs: number = ANSWER_MS): Promise<T> {
  const controller = new AbortController();
  const end = (): void => controller.abort(new DOMException("no answer in time", "TimeoutError"));
  const timer = setTimeout(end, answerMs);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}
