/**
 * One object of the API server, known by its name: read, replaced under optimistic concurrency, watched. Only for objects of
 * our own; it never creates, lists or deletes. Errors never hold a body or a header.
 */
import type { IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import { isObject, type JsonObject, memberAt, stringOf } from "../../core/json-value.ts";
import { type Clock, SYSTEM_CLOCK } from "../../telemetry/clock.ts";
import { ApiServerError, codeOf } from "../api/api-server-error.ts";
import { Backoff, DEFAULT_BACKOFF } from "../api/backoff.ts";
import type { Connection } from "../api/connection.ts";
import { dropBody } from "../api/drop-body.ts";
import { type OutgoingRequest, sendRequest } from "../api/http-exchange.ts";
import { splitLines } from "../api/line-splitter.ts";

/** Which object, and how it is reached. */
export interface ObjectClientOptions {
  readonly connection: Connection;
  /** As in `pullring/1.2.3`. */
  readonly userAgent: string;
  /** Path of its collection, from `/api` on. */
  readonly collectionPath: string;
  readonly name: string;
  /** As errors and people name it: `Secret pullring/pullring-tls`. */
  readonly description: string;
  readonly clock?: Clock;
}

/** One reading. */
export interface ObjectReading {
  readonly object: JsonObject;
  readonly resourceVersion: string;
  /** The server's clock in milliseconds since 1970, by the header Date; undefined when there is none. */
  readonly serverTimeMs: number | undefined;
}

/** Owner of what we write, in managedFields. */
const FIELD_MANAGER = "pullring";
/** Longest wait for a whole answer; Secrets and configurations have some kilobytes. */
const ANSWER_MS = 10_000;
/** The server is to end a watch after this, in seconds; 5 to 10 minutes are usual. */
const WATCH_SECONDS = 300;
/** Bookmarks come about every minute; a watch that is silent for longer has lost its connection. */
const WATCH_SILENCE_MS = 150_000;

/** @see ObjectClientOptions */
export class ObjectClient {
  readonly #options: ObjectClientOptions;
  #watchProblem: string | undefined;

  constructor(options: ObjectClientOptions) {
    this.#options = options;
  }

  /** Reads the newest state (no resourceVersion: a quorum read). undefined for 404. @throws ApiServerError */
  async read(): Promise<ObjectReading | undefined> {
    const answer = await this.#send("GET", this.#path(), undefined);
    if (answer.status === 404) {
      return undefined;
    }
    const resourceVersion = stringOf(memberAt(answer.body, ["metadata", "resourceVersion"]));
    if (answer.status !== 200 || !isObject(answer.body) || resourceVersion === undefined) {
      throw this.#refusal("get", answer.status);
    }
    return { object: answer.body, resourceVersion, serverTimeMs: answer.serverTimeMs };
  }

  /**
   * Replaces the object by `object`, which has the resourceVersion that was read.
   * Gives `conflict` when it was changed or deleted since. @throws ApiServerError
   */
  async replace(object: JsonObject): Promise<"written" | "conflict"> {
    const path = `${this.#path()}?fieldManager=${FIELD_MANAGER}`;
    const { status } = await this.#send("PUT", path, JSON.stringify(object));
    if (status === 200) {
      return "written";
    }
    if (status === 409 || status === 404) {
      return "conflict";
    }
    throw this.#refusal("update", status);
  }

  /**
   * Calls `onChange` for each change, and whenever a watch begins, as changes may have been missed before. Goes on until
   * `signal` is aborted; never rejects.
   */
  async watch(onChange: () => void, signal: AbortSignal): Promise<void> {
    const clock = this.#options.clock ?? SYSTEM_CLOCK;
    const backoff = new Backoff(DEFAULT_BACKOFF, clock.random);
    while (!signal.aborted) {
      const startedAt = clock.elapsed();
      await this.#watchOnce(onChange, signal).catch(() => undefined);
      if (clock.elapsed() - startedAt > DEFAULT_BACKOFF.capMs) {
        backoff.succeed();
      }
      if (!signal.aborted) {
        await clock.delay(backoff.fail(), signal);
      }
    }
  }

  /** The right that the watch lacks; undefined when it lacks none. */
  watchProblem(): string | undefined {
    return this.#watchProblem;
  }

  async #watchOnce(onChange: () => void, signal: AbortSignal): Promise<void> {
    const { collectionPath, name } = this.#options;
    const query = new URLSearchParams({
      watch: "true",
      fieldSelector: `metadata.name=${name}`,
      allowWatchBookmarks: "true",
      timeoutSeconds: String(WATCH_SECONDS),
    });
    const path = `${collectionPath}?${query}`;
    const answer = await this.#request({ method: "GET", path, bodyIdleTimeoutMs: WATCH_SILENCE_MS, signal });
    // A missing right needs a person; everything else passes.
    this.#watchProblem = answer.statusCode === 403 ? this.#refusal("watch", 403).message : undefined;
    if (answer.statusCode !== 200) {
      await dropBody(answer);
      return;
    }
    for await (const line of splitLines(answer)) {
      if (!Buffer.from(line.subarray(0, BOOKMARK.length)).equals(BOOKMARK)) {
        onChange();
      }
    }
  }

  async #send(method: "GET" | "PUT", path: string, body: string | undefined): Promise<Answer> {
    const signal = AbortSignal.timeout(ANSWER_MS);
    try {
      const request = { method, path, body, bodyIdleTimeoutMs: ANSWER_MS, signal };
      let answer = await this.#request(request);
      if (answer.statusCode === 401) {
        await dropBody(answer);
        this.#reloadQuietly();
        answer = await this.#request(request);
      }
      const parsed: unknown = await json(answer).catch(() => undefined);
      const serverTimeMs = Date.parse(String(answer.headers.date));
      return {
        status: answer.statusCode ?? 0,
        body: parsed,
        serverTimeMs: Number.isNaN(serverTimeMs) ? undefined : serverTimeMs,
      };
    } catch (error) {
      this.#reloadQuietly();
      throw new ApiServerError(`no answer for ${this.#options.description}: ${codeOf(error)}`);
    }
  }

  async #request(request: Omit<OutgoingRequest, "headers" | "idleTimeoutMs">): Promise<IncomingMessage> {
    const headers = {
      accept: "application/json",
      "user-agent": this.#options.userAgent,
      ...(request.body !== undefined && { "content-type": "application/json" }),
    };
    const route = await this.#options.connection.route();
    return sendRequest(route, { ...request, headers, idleTimeoutMs: ANSWER_MS });
  }

  /** Token, certificate or address may be new. A file that is being replaced right now is read by the next attempt. */
  #reloadQuietly(): void {
    try {
      this.#options.connection.reload();
    } catch {
      // What was loaded before goes on.
    }
  }

  #path(): string {
    return `${this.#options.collectionPath}/${this.#options.name}`;
  }

  #refusal(verb: "get" | "update" | "watch", status: number): ApiServerError {
    const wanted = `${verb} ${this.#options.description}`;
    return status === 403
      ? new ApiServerError(`missing right: ${wanted}`, { status })
      : new ApiServerError(`status ${status} for: ${wanted}`, { status });
  }
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly serverTimeMs: number | undefined;
}

/** API servers write the type first. Taking a bookmark for a change would cost one look. */
const BOOKMARK = Buffer.from('{"type":"BOOKMARK"');
