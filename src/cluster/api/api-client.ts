/**
 * Sends requests to the API server: reads give the answer as a stream of bytes, from which no object is built, and writes
 * replace, create or delete one object. Every error is an {@link ApiServerError}. A request is sent again in three cases: refused with 401, with the credentials read again; without an answer, if it asks
 * for that ({@link hedgedRequest}); and a read on a kept connection that the server has closed ({@link sendRequest}).
 */
import type { IncomingMessage } from "node:http";
import type { JsonObject } from "../../core/json-value.ts";
import { type Clock, SYSTEM_CLOCK } from "../../telemetry/clock.ts";
import { codeOf } from "../../telemetry/serialize-error.ts";
import { type AccessRule, ApiServerError, refusal } from "./api-server-error.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { hedgedRequest } from "./hedged-request.ts";
import { sendRequest } from "./http-exchange.ts";
import { readObstacle } from "./obstacle.ts";

/** Which server, as whom, over how many connections. */
export interface ApiClientOptions extends ConnectionOptions {
  /** As in `pullring/1.2.3`. */
  readonly userAgent: string;
}

/** One request. */
export interface ApiRequest {
  /** From `/api` or `/apis` on. */
  readonly path: string;
  /** undefined values are left out. */
  readonly query: Readonly<Record<string, string | number | undefined>>;
  /** The right that it needs, for errors. */
  readonly rule: AccessRule;
  /** Default `application/json`. */
  readonly accept?: string;
  /** Longest wait for the headers of the answer, and then for each next piece of the body. */
  readonly idleTimeoutMs: number;
  /** Longest wait for a piece of the body, where it is another one; 0: no limit. */
  readonly bodyIdleTimeoutMs?: number;
  /** Silence after which the request is sent once more, on a new connection; undefined: never. @see Connection.renew */
  readonly hedgeAfterMs?: number;
  readonly signal: AbortSignal;
}

/** What only reads. */
export type ApiReader = Pick<ApiClient, "get">;

/** A request that writes. */
interface Write {
  readonly method: "PUT" | "POST" | "DELETE";
  readonly object: JsonObject;
}

/** The requests of one server. */
export class ApiClient {
  readonly #userAgent: string;
  readonly #clock: Clock;
  readonly #connection: Connection;

  /** Sends nothing. @throws Error when the configuration cannot be loaded */
  constructor(options: ApiClientOptions) {
    this.#userAgent = options.userAgent;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#connection = new Connection(options);
  }

  /**
   * Gives an answer with status 200, its body to be read or destroyed; undefined for 404.
   * @throws ApiServerError for every other status and when there is no answer
   */
  async get(request: ApiRequest): Promise<IncomingMessage | undefined> {
    const answer = await this.#send(request);
    if (answer.statusCode === 200) return answer;
    if (answer.statusCode === 404) return void answer.resume();
    throw await refusalOf(answer, request.rule);
  }

  /**
   * Replaces an object by `object`, which has the `metadata.resourceVersion` that was read: the server compares it. Gives
   * `conflict` when the object was changed or deleted since.
   * @throws ApiServerError for every other refusal and when there is no answer; the object may be written then
   */
  put(request: Omit<ApiRequest, "hedgeAfterMs">, object: JsonObject): Promise<"written" | "conflict"> {
    return this.#write(request, { method: "PUT", object }, { done: "written", conflicts: [404, 409] });
  }

  /**
   * Creates `object`. Gives `conflict` where the server has one of that name, or refuses a precondition.
   * @throws ApiServerError for every other refusal and when there is no answer; the object may be there then
   */
  post(request: Omit<ApiRequest, "hedgeAfterMs">, object: JsonObject): Promise<"created" | "conflict"> {
    return this.#write(request, { method: "POST", object }, { done: "created", conflicts: [409] });
  }

  /**
   * Deletes an object. Gives `conflict` when it was changed, by the preconditions of `options`, or deleted already.
   * @param options of kind DeleteOptions
   * @throws ApiServerError for every other refusal and when there is no answer; the object may be gone then
   */
  delete(request: Omit<ApiRequest, "hedgeAfterMs">, options: JsonObject): Promise<"deleted" | "conflict"> {
    return this.#write(request, { method: "DELETE", object: options }, { done: "deleted", conflicts: [404, 409] });
  }

  /**
   * Posts `object` and gives the answer, its body to be read or destroyed: for what is asked and not kept, as reviews of rights
   * and dry runs.
   * @throws ApiServerError when it is refused or there is no answer
   */
  async ask(request: Omit<ApiRequest, "hedgeAfterMs">, object: JsonObject): Promise<IncomingMessage> {
    const answer = await this.#send(request, { method: "POST", object });
    if (isSuccess(answer)) return answer;
    throw await refusalOf(answer, request.rule);
  }

  /** Ends all connections, running requests included. */
  close(): void {
    this.#connection.close();
  }

  async #write<T extends string>(
    request: ApiRequest,
    write: Write,
    { done, conflicts }: { readonly done: T; readonly conflicts: readonly number[] },
  ): Promise<T | "conflict"> {
    const answer = await this.#send(request, write);
    const isConflict = conflicts.includes(answer.statusCode ?? 0);
    if (!isConflict && !isSuccess(answer)) throw await refusalOf(answer, request.rule);
    answer.resume();
    return isConflict ? "conflict" : done;
  }

  /** The answer, its body to be read, or to be let go with `resume`. */
  async #send(request: ApiRequest, write?: Write): Promise<IncomingMessage> {
    const answer = await this.#sendHedged(request, write);
    if (answer.statusCode !== 401) return answer;
    answer.resume();
    this.#connection.reload();
    return this.#sendHedged(request, write);
  }

  /** A connection may have died in silence while it was idle, and a live read has no time to wait for that to show. */
  #sendHedged(request: ApiRequest, write?: Write): Promise<IncomingMessage> {
    const { hedgeAfterMs, signal } = request;
    if (hedgeAfterMs === undefined) return this.#sendOnce(request, write);
    const sentAt = this.#clock.elapsed();
    return hedgedRequest({
      send: (ended) => this.#sendOnce({ ...request, signal: AbortSignal.any([signal, ended]) }, write),
      hedgeAfterMs,
      mayHedge: () => this.#connection.renew(sentAt),
      clock: this.#clock,
    });
  }

  async #sendOnce(request: ApiRequest, write?: Write): Promise<IncomingMessage> {
    const { path, query, idleTimeoutMs, bodyIdleTimeoutMs = idleTimeoutMs, signal, accept = JSON_TYPE } = request;
    const json = write === undefined ? {} : { "content-type": JSON_TYPE };
    try {
      const endpoint = await this.#connection.endpoint();
      const answer = await sendRequest(endpoint, {
        method: write?.method ?? "GET",
        path: `${path}?${queryOf(query)}`,
        headers: { accept, "user-agent": this.#userAgent, ...json },
        body: write && JSON.stringify(write.object),
        idleTimeoutMs,
        bodyIdleTimeoutMs,
        signal,
      });
      this.#connection.noteAnswer(endpoint);
      return answer;
    } catch (error) {
      // A new CA may be in the kubeconfig itself, which is not read again without a reason.
      const code = codeOf(error);
      if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) this.#connection.reload();
      throw new ApiServerError(`no answer: ${code}`, { isTimeout: /^(?:ETIMEDOUT|TimeoutError)$/.test(code) });
    }
  }
}

const JSON_TYPE = "application/json";

function queryOf(query: ApiRequest["query"]): URLSearchParams {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
}

function isSuccess({ statusCode }: IncomingMessage): boolean {
  return statusCode === 200 || statusCode === 201;
}

async function refusalOf(answer: IncomingMessage, rule: AccessRule): Promise<ApiServerError> {
  const { statusCode = 0, headers } = answer;
  const obstacle = statusCode === 403 ? await readObstacle(answer) : undefined;
  answer.resume();
  return refusal(statusCode, rule, { retryAfterMs: retryAfterMsOf(headers["retry-after"]), obstacle });
}

/**
 * Parses `Retry-After` into milliseconds; undefined when there is none that can be read. The API server sends seconds; the
 * date form, which proxies use, is read against `nowMs` (Unix time).
 * @see RFC 9110 section 10.2.3
 * @example retryAfterMsOf("2") // 2000
 */
export function retryAfterMsOf(header: string | undefined, nowMs: number = Date.now()): number | undefined {
  const text = header?.trim() ?? "";
  if (/^[0-9]{1,9}$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
