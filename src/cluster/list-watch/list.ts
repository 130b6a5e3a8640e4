/** Reads lists of the API server element by element. No page is held as a whole. */

import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { memberAt, stringOf } from "../../core/json-value.ts";
import type { ApiReader, ApiRequest } from "../api/api-client.ts";
import { ApiServerError, refusal, unreadable } from "../api/api-server-error.ts";
import { pathOfObject } from "../api/object-path.ts";
import { ListSplitter } from "../api/object-stream.ts";
import { type KnownValue, type Observed, type ResourceScope, resourceVersionOf } from "../objects/watched-resource.ts";

/** Objects per page, as client-go has it. */
const PAGE_SIZE = 500;
/** Longest wait for the next piece of a list. */
const IDLE_TIMEOUT_MS = 15_000;
/** Requests are to be answered while a list is read. A piece of 64 KiB takes about 2 ms. */
const MAX_TURN_MS = 4;

/** How to read a list. */
export interface ListOptions<T> {
  readonly signal: AbortSignal;
  readonly known?: KnownValue<T>;
  /**
   * false: all in one answer. The server then reads its own cache where it can prove it up to date, while servers before
   * 1.34 read every page from etcd.
   */
  readonly paged: boolean;
  readonly onObject: (observed: Observed<T>) => void;
}

/**
 * Reads all objects there are and gives the resource version at which the list was complete. No resource version is asked for:
 * only then has the list every write that was acknowledged before it was sent.
 * @throws ApiServerError when a page fails or cannot be read; 410 when the list took so long that its history is gone
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list (resourceVersion unset)
 */
export async function listObjects<T>(
  client: ApiReader,
  scope: ResourceScope<T>,
  { signal, known, paged, onObject }: ListOptions<T>,
): Promise<number> {
  let version: number | undefined;
  let token: string | undefined;
  do {
    const query = { limit: paged ? PAGE_SIZE : undefined, continue: token };
    const body = await requestObjects(client, scope, { verb: "list", query, idleTimeoutMs: IDLE_TIMEOUT_MS, signal });
    const envelope = await readElements(body, "items", (element) => {
      const observed = scope.resource.read(element, known);
      if (observed === undefined) throw unreadable("list", "an element is not such an object");
      onObject(observed);
    });
    version ??= versionOf(envelope);
    token = stringOf(memberAt(envelope, ["metadata", "continue"])) || undefined;
  } while (token !== undefined);
  return version;
}

/** Sends a list or a watch of the objects in `scope`. @throws ApiServerError when the server refuses */
export async function requestObjects<T>(
  client: ApiReader,
  { resource, namespace }: ResourceScope<T>,
  { verb, query, ...options }: Omit<ApiRequest, "path" | "rule"> & { readonly verb: "list" | "watch" },
): Promise<IncomingMessage> {
  const { name, fieldSelector, labelSelector } = resource;
  const rule = { verb, resource: name, namespace };
  const path = pathOfObject({ group: "", resource: name, namespace, name: "" });
  const body = await client.get({ path, query: { ...query, fieldSelector, labelSelector }, rule, ...options });
  if (body === undefined) throw refusal(404, rule);
  return body;
}

/**
 * Gives each object of the array `member` of an answer to `onElement`, and returns the rest of the document.
 * @throws ApiServerError when the stream breaks or is no such document; what `onElement` throws
 */
export async function readElements(
  body: Readable,
  member: "items" | "rows",
  onElement: (element: Uint8Array) => void,
): Promise<unknown> {
  const splitter = new ListSplitter(member, onElement);
  let turnBeganAt = performance.now();
  try {
    for await (const chunk of body) {
      splitter.push(chunk);
      // Pieces that are at hand already come one after the other without a turn of the event loop in between.
      if (performance.now() - turnBeganAt > MAX_TURN_MS) {
        await setImmediate();
        turnBeganAt = performance.now();
      }
    }
    return JSON.parse(splitter.end());
  } catch (error) {
    throw error instanceof ApiServerError ? error : unreadable("list", "the answer broke off");
  }
}

/** The resource version of a list. @throws ApiServerError when it has none */
export function versionOf(envelope: unknown): number {
  const version = resourceVersionOf(envelope);
  if (version === undefined) throw unreadable("list", "no resource version");
  return version;
}
