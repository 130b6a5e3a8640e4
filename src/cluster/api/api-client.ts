/**
 * Sends GET requests to the API server and gives the answer as a stream of bytes. It builds no object from an answer, repeats
 * only what was refused for its credentials or is suspiciously silent, and turns every failure into an {@link ApiServerError}.
 */
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type { AccessRule } from "./access-rule.ts";
import { ApiServerError, codeOf, refusal } from "./api-server-error.ts";
import type { Connection } from "./connection.ts";
import { dropBody } from "./drop-body.ts";
import { hedgedRequest } from "./hedged-request.ts";
import { type OutgoingRequest, sendRequest } from "./http-exchange.ts";
import { retryAfterMsOf } from "./retry-after.ts";

/** One GET. */
export interface ApiRequest {
  /** From `/api` on. */
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

/** @see createApiClient */
export interface ApiClient {
  /**
   * Gives the body of an answer with status 200; undefined for 404.
   * @throws ApiServerError for every other answer and when there is none
   */
  get(request: ApiRequest): Promise<Readable | undefined>;
}

/** Storms of 401 read the configuration no more often than this. */
const RELOAD_INTERVAL_MS = 1_000;

/** Makes the client. @param userAgent as in `pullring/1.2.3` */
export function createApiClient(connection: Connection, userAgent: string): ApiClient {
  let reloadedAt = Number.NEGATIVE_INFINITY;

  function reload(): void {
    if (performance.now() - reloadedAt >= RELOAD_INTERVAL_MS) {
      reloadedAt = performance.now();
      connection.reload();
    }
  }

  async function sendOnce(request: ApiRequest): Promise<IncomingMessage> {
    try {
      return await sendRequest(await connection.route(), outgoing(request, userAgent));
    } catch (error) {
      if (isCertificateFault(error)) {
        reloadQuietly(reload);
      }
      throw new ApiServerError(`no answer: ${codeOf(error)}`);
    }
  }

  /** A connection may have died in silence while it was idle, and a look has no time to wait for that to show. */
  function send(request: ApiRequest): Promise<IncomingMessage> {
    const { hedgeAfterMs, signal } = request;
    const sentAt = performance.now();
    return hedgeAfterMs === undefined
      ? sendOnce(request)
      : hedgedRequest({
          attempt: (attempted) => sendOnce({ ...request, signal: AbortSignal.any([signal, attempted]) }),
          hedgeAfterMs,
          mayTryAgain: () => connection.renew(sentAt),
          discard: dropBody,
        });
  }

  return {
    get: async (request) => {
      let answer = await send(request);
      if (answer.statusCode === 401) {
        await dropBody(answer);
        reloadQuietly(reload);
        answer = await send(request);
      }
      if (answer.statusCode === 200) {
        return answer;
      }
      await dropBody(answer);
      if (answer.statusCode === 404) {
        return undefined;
      }
      throw refusal(answer.statusCode ?? 0, request.rule, retryAfterMsOf(answer.headers["retry-after"]));
    },
  };
}

function outgoing(request: ApiRequest, userAgent: string): OutgoingRequest {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query)) {
    if (value !== undefined) {
      query.set(name, String(value));
    }
  }
  return {
    method: "GET",
    path: `${request.path}?${query.toString()}`,
    headers: { accept: request.accept ?? "application/json", "user-agent": userAgent },
    idleTimeoutMs: request.idleTimeoutMs,
    bodyIdleTimeoutMs: request.bodyIdleTimeoutMs ?? request.idleTimeoutMs,
    signal: request.signal,
  };
}

/** A file that is being replaced right now is read again by the next attempt. */
function reloadQuietly(reload: () => void): void {
  try {
    reload();
  } catch {
    // What was loaded before goes on; the answer to the repeated request tells the fault.
  }
}

function isCertificateFault(error: unknown): boolean {
  return /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_VERIFY/.test(codeOf(error));
}
