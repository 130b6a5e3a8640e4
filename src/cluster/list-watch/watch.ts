/** Opens a watch and reads its events. */
import type { Readable } from "node:stream";
import { memberAt } from "../../core/json-value.ts";
import type { ApiReader } from "../api/api-client.ts";
import { ApiServerError, unreadable } from "../api/api-server-error.ts";
import { splitLines } from "../api/object-stream.ts";
import { pickMembers } from "../objects/json-pick.ts";
import {
  type Observed,
  type ResourceScope,
  resourceVersionOf,
  type WatchedResource,
} from "../objects/watched-resource.ts";
import { requestObjects } from "./list.ts";

/** One event. A bookmark says that everything up to its version has been sent. */
export type WatchEvent<T> =
  | { readonly kind: "put" | "remove"; readonly observed: Observed<T> }
  | { readonly kind: "bookmark"; readonly version: number };

/** The server sends the headers at once, before it has an event. */
const HEADERS_TIMEOUT_MS = 15_000;

/**
 * Opens a watch of the events after `version` and gives the stream to {@link readEvents}.
 * @param options.timeoutSeconds when the server is to end the watch
 * @param options.idleTimeoutMs the stream breaks with `ETIMEDOUT` when nothing has come for so long
 * @throws ApiServerError when the server refuses
 */
export function openWatch<T>(
  client: ApiReader,
  scope: ResourceScope<T>,
  options: {
    readonly version: number;
    readonly timeoutSeconds: number;
    readonly idleTimeoutMs: number;
    readonly signal: AbortSignal;
  },
): Promise<Readable> {
  const { version, timeoutSeconds, idleTimeoutMs: bodyIdleTimeoutMs, signal } = options;
  const query = { watch: "true", allowWatchBookmarks: "true", resourceVersion: version, timeoutSeconds };
  const times = { idleTimeoutMs: HEADERS_TIMEOUT_MS, bodyIdleTimeoutMs };
  return requestObjects(client, scope, { verb: "watch", query, ...times, signal });
}

/**
 * Reads events until the server ends the watch.
 * @throws ApiServerError for an ERROR event (with its status), and for a line that is not an event: what follows it might
 * rest on what it said, so that only a new watch can go on; the error of the stream when that breaks
 */
export async function* readEvents<T>(body: Readable, resource: WatchedResource<T>): AsyncGenerator<WatchEvent<T>> {
  for await (const line of splitLines(body)) yield readEvent(line, resource);
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
      if (observed !== undefined) return { kind: type === "DELETED" ? "remove" : "put", observed };
    }
  }
  throw unreadable("watch", "a line is not an event");
}

/** Of a Status only its code and the delay are read: the message may quote anything. */
function statusError(bytes: Uint8Array): ApiServerError {
  const members = { code: "value", reason: "value", details: { retryAfterSeconds: "value" } } as const;
  const status = pickMembers(bytes, members);
  const code = typeof status?.code === "number" ? status.code : undefined;
  const seconds = memberAt(status, ["details", "retryAfterSeconds"]);
  return new ApiServerError(`watch ended by the server with status ${code ?? "unknown"}`, {
    status: status?.reason === "Expired" || status?.reason === "Gone" ? 410 : code,
    retryAfterMs: typeof seconds === "number" ? seconds * 1_000 : undefined,
  });
}
