/** Reads lists of the API server element by element. It keeps no page and knows nothing of what becomes of the elements. */
import type { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { memberAt, stringOf } from "../../core/json-value.ts";
import type { ApiClient } from "../api/api-client.ts";
import { ApiServerError, refusal, unreadable } from "../api/api-server-error.ts";
import { ListSplitter } from "../api/list-splitter.ts";
import { parseResourceVersion } from "../objects/resource-version.ts";
import { type KnownValue, type Observed, pathOf, type WatchedResource } from "../objects/watched-resource.ts";

/** Objects per page, as client-go has it. */
const PAGE_SIZE = 500;
/** A server that says nothing for this long while it answers a list has lost us. */
const LIST_SILENCE_MS = 15_000;

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
 * Reads all objects there are and gives the resource version at which they were all of them. No resource version is asked for:
 * only then has the list every write that was acknowledged before it was sent.
 * @throws ApiServerError when a page fails or cannot be read; 410 when the list took so long that its history is gone
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list (resourceVersion unset)
 */
export async function listObjects<T>(
  client: ApiClient,
  resource: WatchedResource<T>,
  options: ListOptions<T>,
): Promise<number> {
  let version: number | undefined;
  let token: string | undefined;
  do {
    const page = await readPage(client, resource, { ...options, token });
    version ??= page.version;
    token = page.token;
  } while (token !== undefined);
  return version;
}

interface Page {
  readonly version: number;
  /** undefined for the last page. */
  readonly token: string | undefined;
}

async function readPage<T>(
  client: ApiClient,
  resource: WatchedResource<T>,
  { signal, known, paged, onObject, token }: ListOptions<T> & { readonly token: string | undefined },
): Promise<Page> {
  const rule = { verb: "list", resource: resource.resource, namespace: resource.namespace } as const;
  const query = {
    limit: paged ? PAGE_SIZE : undefined,
    continue: token,
    fieldSelector: resource.fieldSelector,
  };
  const body = await client.get({
    path: pathOf(resource),
    query,
    rule,
    idleTimeoutMs: LIST_SILENCE_MS,
    signal,
  });
  if (body === undefined) {
    throw refusal(404, rule);
  }
  const envelope = await readElements(body, "items", (element) => {
    const observed = resource.read(element, known);
    if (observed === undefined) {
      throw unreadable("list", "an element is not such an object");
    }
    onObject(observed);
  });
  const next = stringOf(memberAt(envelope, ["metadata", "continue"]));
  return { version: versionOf(envelope), token: next === "" ? undefined : next };
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
  const version = parseResourceVersion(memberAt(envelope, ["metadata", "resourceVersion"]));
  if (version === undefined) {
    throw unreadable("list", "no resource version");
  }
  return version;
}
