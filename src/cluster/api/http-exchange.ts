/**
 * One request and the answer to it on a connection of an {@link Agents}: time-outs, aborts, connections that turn out to be
 * closed. It reads no status and no body, and never logs.
 */
import { type ClientRequest, type IncomingMessage, request as requestPlainly } from "node:http";
import { request as requestSecurely } from "node:https";
import type { Agents } from "./api-agent.ts";
import { codeOf } from "./api-server-error.ts";
import { ConnectionFault } from "./connection-fault.ts";
import { unbracketed } from "./proxy-tunnel.ts";

/** How to reach the API server. */
export interface Endpoint {
  readonly agent: Agents;
  readonly server: URL;
  /** Path of the server in front of all API paths, without a slash at its end; mostly empty. */
  readonly basePath: string;
  /** Those that say who we are. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What to send. */
export interface OutgoingRequest {
  readonly method: "GET" | "PUT";
  /** With its query, from `/api` on. */
  readonly path: string;
  /** Besides those of the route. */
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
 * GET is sent once more where the server had closed the kept connection it was sent on.
 * @throws the reason of the signal; ConnectionFault; Error of node:http, node:net or node:tls
 */
export function sendRequest(route: Endpoint, outgoing: OutgoingRequest): Promise<IncomingMessage> {
  return sendOnce(route, outgoing, outgoing.method === "GET");
}

function sendOnce(route: Endpoint, outgoing: OutgoingRequest, mayRepeat: boolean): Promise<IncomingMessage> {
  const { signal } = outgoing;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const request = start(route, outgoing);
    let answer: IncomingMessage | undefined;
    const end = (reason: Error): void => {
      // A request that still waits for a connection emits no error.
      reject(reason);
      (answer ?? request).destroy(reason);
    };
    const abort = (): void => end(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    request.once("close", () => signal.removeEventListener("abort", abort));
    request.on("timeout", () => {
      // A reader that is behind stops the connection; the silence is our own then.
      if (answer !== undefined && answer.readableLength > 0) {
        request.setTimeout(outgoing.bodyIdleTimeoutMs);
      } else {
        end(new ConnectionFault("ETIMEDOUT"));
      }
    });
    request.once("response", (response) => {
      answer = response;
      request.setTimeout(outgoing.bodyIdleTimeoutMs);
      resolve(response);
    });
    request.on("error", (error) => {
      if (mayRepeat && answer === undefined && !signal.aborted && wasClosed(request, error)) {
        route.agent.closeIdle();
        resolve(sendOnce(route, outgoing, false));
      } else {
        reject(error);
      }
    });
    request.end(outgoing.body);
  });
}

function start({ agent, server, basePath, headers }: Endpoint, outgoing: OutgoingRequest): ClientRequest {
  const send = agent.isSecure ? requestSecurely : requestPlainly;
  const request = send({
    agent: agent.agent,
    host: unbracketed(server.hostname),
    port: server.port || (agent.isSecure ? 443 : 80),
    method: outgoing.method,
    path: basePath + outgoing.path,
    headers: { ...headers, ...outgoing.headers },
  });
  return request.setTimeout(outgoing.idleTimeoutMs);
}

/** Tells whether the server closed a kept connection at the moment when it was used again. */
function wasClosed(request: ClientRequest, error: Error): boolean {
  return request.reusedSocket && /^(ECONNRESET|EPIPE)$/.test(codeOf(error));
}
