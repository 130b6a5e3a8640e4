/**
 * One request and the answer to it on a connection of a {@link ConnectionPool}: time-outs, aborts, connections that turn out
 * to be closed. It reads no status and no body, and never logs.
 */
import { setMaxListeners } from "node:events";
import { type ClientRequest, type IncomingMessage, request as startRequest } from "node:http";
import { urlToHttpOptions } from "node:url";
import { codeOf } from "../../telemetry/serialize-error.ts";
import { type ConnectionPool, connectionError } from "./connection-pool.ts";

/** How to reach the API server. */
export interface Endpoint {
  readonly pool: ConnectionPool;
  readonly server: URL;
  /** Path of the server in front of all API paths, without a slash at its end; mostly empty. */
  readonly basePath: string;
  /** Those that say who we are. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What to send. */
export interface OutgoingRequest {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** With its query, from `/api` on. */
  readonly path: string;
  /** Besides those of the endpoint. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Longest silence until the headers of the answer, in milliseconds; waiting for a connection does not count. */
  readonly idleTimeoutMs: number;
  /** Longest silence of the connection in the body, while we wait for more of it; 0: no limit. */
  readonly bodyIdleTimeoutMs: number;
  /** Ends the request at any time, the body of the answer included. */
  readonly signal: AbortSignal;
}

/**
 * Sends it and gives the answer as soon as its headers are there. A body that is not read to its end has to be destroyed. A
 * GET is sent once more where the server had closed the kept connection it was sent on, as HTTP clients do (RFC 9112 section
 * 9.3.1); after a restart of the server the other idle connections are closed as well, so the second one is a new one.
 * @throws the reason of the signal; an error with the code ETIMEDOUT; errors of the pool, of node:http, node:net, node:tls
 */
export function sendRequest(endpoint: Endpoint, outgoing: OutgoingRequest): Promise<IncomingMessage> {
  return sendOnce(endpoint, outgoing, outgoing.method === "GET");
}

function sendOnce(endpoint: Endpoint, outgoing: OutgoingRequest, mayRepeat: boolean): Promise<IncomingMessage> {
  const { signal } = outgoing;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const request = start(endpoint, outgoing);
    let answer: IncomingMessage | undefined;
    const end = (reason: Error): void => {
      // A request that still waits for a connection emits no error.
      reject(reason);
      (answer ?? request).destroy(reason);
    };
    const abort = (): void => end(signal.reason);
    // Any number of requests may end with one signal; Node warns from the eleventh on.
    setMaxListeners(0, signal);
    signal.addEventListener("abort", abort, { once: true });
    request.once("close", () => signal.removeEventListener("abort", abort));
    request.on("timeout", () => {
      // A reader that is behind stops the connection; the silence is our own then.
      if (answer !== undefined && answer.readableLength > 0) {
        request.setTimeout(outgoing.bodyIdleTimeoutMs);
      } else {
        end(connectionError("ETIMEDOUT"));
      }
    });
    request.once("response", (response) => {
      answer = response;
      request.setTimeout(outgoing.bodyIdleTimeoutMs);
      resolve(response);
    });
    request.on("error", (error) => {
      // The server closed a kept connection at the moment when it was used again.
      const wasClosed = request.reusedSocket && /^(ECONNRESET|EPIPE)$/.test(codeOf(error));
      if (wasClosed && mayRepeat && answer === undefined && !signal.aborted) {
        endpoint.pool.closeIdle();
        resolve(sendOnce(endpoint, outgoing, false));
      } else {
        reject(error);
      }
    });
    request.end(outgoing.body);
  });
}

function start({ pool, server, basePath, headers }: Endpoint, outgoing: OutgoingRequest): ClientRequest {
  const { method, path, body, idleTimeoutMs } = outgoing;
  // Without it Node sends the body of a DELETE in no frame at all, and the server takes it for the next request.
  const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  const all = { ...headers, ...outgoing.headers, ...length };
  const options = { agent: pool.agent, method, path: basePath + path, headers: all };
  return startRequest({ ...urlToHttpOptions(server), ...options }).setTimeout(idleTimeoutMs);
}
