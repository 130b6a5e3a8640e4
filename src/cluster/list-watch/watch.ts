/** Reads the events of a watch. It keeps no state but the stream and applies nothing. */

import type { Readable } from "node:stream";
import { OPEN_BRACE } from "../../core/go/ascii.ts";
import { forEachMember, isJson, skipValue } from "../../core/go/json-syntax.ts";
import { memberAt, stringOf } from "../../core/json-value.ts";
import type { ApiClient } from "../api/api-client.ts";
import { ApiServerError, refusal, unreadable } from "../api/api-server-error.ts";
import { splitLines } from "../api/line-splitter.ts";
import { pickMembers } from "../objects/json-pick.ts";
import { parseResourceVersion } from "../objects/resource-version.ts";
import { type Observed, pathOf, type WatchedResource } from "../objects/watched-resource.ts";

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
  readonly signal: AbortSignal;
}

/** The server answers at once, as it sends the headers before it has an event. */
const WATCH_HEADERS_MS = 15_000;

/**
 * Opens a watch and gives the stream to {@link readEvents}.
 * @throws ApiServerError when the server refuses
 */
export async function openWatch<T>(
  client: ApiClient,
  resource: WatchedResource<T>,
  { version, timeoutSeconds, signal }: WatchOptions,
): Promise<Readable> {
  const rule = { verb: "watch", resource: resource.resource, namespace: resource.namespace } as const;
  const query = {
    watch: "true",
    allowWatchBookmarks: "true",
    resourceVersion: version,
    timeoutSeconds,
    fieldSelector: resource.fieldSelector,
  };
  const request = { path: pathOf(resource), query, rule, signal };
  const body = await client.get({ ...request, idleTimeoutMs: WATCH_HEADERS_MS, bodyIdleTimeoutMs: 0 });
  if (body === undefined) {
    throw refusal(404, rule);
  }
  return body;
}

/**
 * Reads events until the server ends the watch.
 * @throws ApiServerError for an ERROR event (with its status), and for a line that is no event: what follows it might
 * rest on what it said, so that only a new watch can go on
 */
export async function* readEvents<T>(
  body: Readable,
  resource: WatchedResource<T>,
): AsyncGenerator<WatchEvent<T>> {
  for await (const line of splitLines(body)) {
    yield readEvent(line, resource);
  }
}

function readEvent<T>(line: Uint8Array, resource: WatchedResource<T>): WatchEvent<T> {
  const type = stringOf(pickMembers(line, { type: "value" })?.type);
  const object = objectOf(line);
  if (object !== undefined && type === "ERROR") {
    throw statusError(object);
  }
  if (object !== undefined && type === "BOOKMARK") {
    const bookmark = pickMembers(object, { metadata: { resourceVersion: "value" } });
    const version = parseResourceVersion(memberAt(bookmark, ["metadata", "resourceVersion"]));
    if (version !== undefined) {
      return { kind: "bookmark", version };
    }
  } else if (object !== undefined && type !== undefined && KINDS.has(type)) {
    const observed = resource.read(object);
    if (observed !== undefined) {
      return { kind: type === "DELETED" ? "delete" : "put", observed };
    }
  }
  throw unreadable("watch", "a line is no event");
}

const KINDS = new Set(["ADDED", "MODIFIED", "DELETED"]);

/** The bytes of the member `object`; undefined when there is none. */
function objectOf(line: Uint8Array): Uint8Array | undefined {
  let object: Uint8Array | undefined;
  if (isJson(line) && line[0] === OPEN_BRACE) {
    forEachMember(line, 0, (name, value) => {
      if (line[value] === OPEN_BRACE && Buffer.from(line.subarray(name, name + 8)).equals(OBJECT)) {
        object = line.subarray(value, skipValue(line, value));
      }
    });
  }
  return object;
}

const OBJECT = Buffer.from('"object"');

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
