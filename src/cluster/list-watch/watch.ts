/** Opens a watch and reads its events. */
import type { Readable } from "node:stream";
import { memberAt } from "../../core/json-value.ts";
import type { ApiClient } from "../api/api-client.ts";
import { ApiServerError, refusal, unreadable } from "../api/api-server-error.ts";
import { splitLines } from "../api/line-splitter.ts";
import { pickMembers } from "../objects/json-pick.ts";
import { resourceVersionOf } from "../objects/object-key.ts";
import { type Observed, pathOf, type ResourceScope, type WatchedResource } from "../objects/watched-resource.ts";

/** One event. A bookmark says that everything up to its version has been sent. */
export type WatchEvent<T> =
  | { readonly kind: "put" | "delete"; readonly observed: Observed<T> }
  | { readonly kind: "bookmark"; readonly version: number };

/** How to watch. */
export interface WatchOptions {
  /** Events after this resource version. */
  readonly version: number;
  /** When the server is to end the watch. */
  readonly timeoutSeconds: number;
  /** The stream breaks with `ETIMEDOUT` when nothing has come for so long. */
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** The server sends the headers at once, before it has an event. */
const HEADERS_TIMEOUT_MS = 15_000;

/**
 * Opens a watch and gives the stream to {@link readEvents}.
 * @throws ApiServerError when the server refuses
 */
export async function openWatch<T>(
  client: ApiClient,
  { resource, namespace }: ResourceScope<T>,
  { version, timeoutSeconds, idleTimeoutMs, signal }: WatchOptions,
): Promise<Readable> {
  const rule = { verb: "watch", resource: resource.name, namespace } as const;
  const body = await client.get({
    path: pathOf(resource.name, namespace),
    query: {
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion: version,
      timeoutSeconds,
      fieldSelector: resource.fieldSelector,
      labelSelector: resource.labelSelector,
    },
    rule,
    idleTimeoutMs: HEADERS_TIMEOUT_MS,
    bodyIdleTimeoutMs: idleTimeoutMs,
    signal,
  });
  if (body === undefined) throw refusal(404, rule);
  return body;
}

/**
 * Reads events until the server ends the watch.
 * @throws ApiServerError for an ERROR event (with its status), and for a line that is not an event: what follows it might
 * rest on what it said, so that only a new watch can go on; the error of the stream when that breaks
 */
export async function* readEvents<T>(body: Readable, resource: WatchedResource<T>): AsyncGenerator<WatchEvent<T>> {
  for await (const line of splitLines(body)) {
    yield readEvent(line, resource);
  }
}

function readEvent<T>(line: Uint8Array, resource: WatchedResource<T>): WatchEvent<T> {
  const { type, object } = pickMembers(line, { type: "value", object: "bytes" }) ?? {};
  if (object instanceof Uint8Array) {
    if (type === "ERROR") throw statusError(object);
    if (type === "BOOKMARK") {
      const version = resourceVersionOf(pickMembers(object, { metadata: { resourceVersion: "value" } }));
      if (version !== undefined) return { kind: "bookmark", version };
    } else if (type === "ADDED" || type === "MODIFIED" || type === "DELETED") {
      const observed = resource.read(object);
      if (observed !== undefined) return { kind: type === "DELETED" ? "delete" : "put", observed };
    }
  }
  throw unreadable("watch", "a line is not an event");
}

/** Of a Status only its code and the delay are read: the message may quote anything. */
function statusError(bytes: Uint8Array): ApiServerError {
  const status = pickMembers(bytes, {
    code: "value",
    reason: "value",
    details: { retryAfterSeconds: "value" },
  });
  const code = typeof status?.code === "number" ? status.code : undefined;
  const seconds = memberAt(status, ["details", "retryAfterSeconds"]);
  return new ApiServerError(`watch ended by the server with status ${code ?? "unknown"}`, {
    status: status?.reason === "Expired" || status?.reason === "Gone" ? 410 : code,
    retryAfterMs: typeof seconds === "number" ? seconds * 1_000 : undefined,
  });
}
