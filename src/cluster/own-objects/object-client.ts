/**
 * One object of the API server, known by its name: read, replaced under optimistic concurrency, watched. Only for objects of
 * our own; it never creates, lists or deletes.
 */
import { json } from "node:stream/consumers";
import { isObject, type JsonObject, memberAt, stringOf } from "../../core/json-value.ts";
import { type Clock, SYSTEM_CLOCK } from "../../telemetry/clock.ts";
import type { ApiClient, ApiRequest } from "../api/api-client.ts";
import type { AccessRule } from "../api/api-server-error.ts";
import { ApiServerError, unreadable } from "../api/api-server-error.ts";
import { Backoff, DEFAULT_BACKOFF } from "../api/backoff.ts";
import { splitLines } from "../api/object-stream.ts";

/** Which object, and how it is reached. */
export interface ObjectClientOptions {
  readonly client: ApiClient;
  /** Path of its collection, from `/api` or `/apis` on. */
  readonly collectionPath: string;
  /** The object, as RBAC names it. */
  readonly rule: Omit<AccessRule, "verb"> & { readonly name: string };
  readonly clock?: Clock | undefined;
  /** @see WATCH_IDLE_TIMEOUT_MS */
  readonly watchIdleTimeoutMs?: number | undefined;
}

/** The object as it was read. */
export interface ObjectSnapshot {
  readonly object: JsonObject;
  readonly resourceVersion: string;
  /** The server's clock in milliseconds since 1970, by the header Date; undefined when there is none. */
  readonly serverTimeMs: number | undefined;
  /**
   * Writes the object that was read with `fields` in place of its own, under the version that was read.
   * Gives `conflict` when it was changed or deleted since. @throws ApiServerError
   */
  replace(fields: JsonObject): Promise<"written" | "conflict">;
}

const BOOKMARK = Buffer.from('{"type":"BOOKMARK"');
/** Owner of what we write, in managedFields. */
const FIELD_MANAGER = "pullring";
/** Longest wait for a whole answer; Secrets and configurations have some kilobytes. */
const ANSWER_MS = 10_000;
/** The server is to end a watch after this, in seconds; 5 to 10 minutes are usual. */
const WATCH_SECONDS = 300;
/** A watch that is silent for longer has lost its connection. Bookmarks come about every minute. */
const WATCH_IDLE_TIMEOUT_MS = 150_000;

/** @see ObjectClientOptions */
export class ObjectClient {
  readonly #options: ObjectClientOptions;
  /** The right that the watch lacks, as `missing right: ...`; undefined when it lacks none. */
  problem: string | undefined;

  constructor(options: ObjectClientOptions) {
    this.#options = options;
  }

  /** Reads the newest state (no resourceVersion: a quorum read). undefined for 404. @throws ApiServerError */
  async read(): Promise<ObjectSnapshot | undefined> {
    const answer = await this.#options.client.get(this.#request("get", {}));
    if (answer === undefined) return undefined;
    const object = await json(answer).catch(() => undefined);
    const resourceVersion = stringOf(memberAt(object, ["metadata", "resourceVersion"]));
    if (!isObject(object) || resourceVersion === undefined) throw unreadable("object", "it has no resourceVersion");
    const serverTimeMs = Date.parse(answer.headers.date ?? "");
    return {
      object,
      resourceVersion,
      serverTimeMs: Number.isNaN(serverTimeMs) ? undefined : serverTimeMs,
      replace: (fields) => {
        const request = this.#request("update", { fieldManager: FIELD_MANAGER });
        return this.#options.client.put(request, { ...object, ...fields, metadata: object.metadata });
      },
    };
  }

  /**
   * Calls `onChange` for each change, and whenever a watch begins, as changes may have been missed before. Goes on until
   * `signal` is aborted; never rejects.
   */
  async watch(onChange: () => void, signal: AbortSignal): Promise<void> {
    const { clock = SYSTEM_CLOCK } = this.#options;
    const backoff = new Backoff(DEFAULT_BACKOFF, clock.random);
    while (!signal.aborted) {
      const startedAt = clock.elapsed();
      const error = await this.#watchOnce(onChange, signal).catch((reason: unknown) => reason);
      const isRefused = error instanceof ApiServerError && error.missingRule !== undefined;
      // A missing right needs a person; everything else passes.
      this.problem = isRefused ? error.message : undefined;
      if (clock.elapsed() - startedAt > DEFAULT_BACKOFF.capMs) backoff.succeed();
      await clock.delay(backoff.fail(), signal);
    }
  }

  async #watchOnce(onChange: () => void, signal: AbortSignal): Promise<void> {
    const { client, collectionPath, rule, watchIdleTimeoutMs = WATCH_IDLE_TIMEOUT_MS } = this.#options;
    const fieldSelector = `metadata.name=${rule.name}`;
    const query = { watch: "true", fieldSelector, allowWatchBookmarks: "true", timeoutSeconds: WATCH_SECONDS };
    const stream = await client.get({
      ...this.#request("watch", query),
      path: collectionPath,
      bodyIdleTimeoutMs: watchIdleTimeoutMs,
      signal,
    });
    if (stream === undefined) return;
    this.problem = undefined;
    for await (const line of splitLines(stream)) {
      // API servers write the type first. Taking a bookmark for a change would cost one read.
      if (!Buffer.from(line.subarray(0, BOOKMARK.length)).equals(BOOKMARK)) onChange();
    }
  }

  #request(verb: AccessRule["verb"], query: ApiRequest["query"]): ApiRequest {
    const { collectionPath, rule } = this.#options;
    return {
      path: `${collectionPath}/${rule.name}`,
      query,
      rule: { ...rule, verb },
      idleTimeoutMs: ANSWER_MS,
      signal: AbortSignal.timeout(ANSWER_MS),
    };
  }
}
