/**
 * A plain JSON client of the API server for tests: one keep-alive pool, no retries, no interpretation. It is not the
 * client under test and must share no code with it.
 */
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { Agent, request as httpsRequest } from "node:https";

/** The parts that every Kubernetes object has; everything else is to be narrowed by the test that reads it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly unknown[];
  };
  readonly [field: string]: unknown;
}

/** An answer of the API server, whatever its status. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The parsed body where it is JSON, else its text. */
  readonly body: unknown;
}

/** Deviations from a JSON request of the administrator. */
export interface RequestOptions {
  /** Default `application/json`; a PATCH names its patch type here (default `application/merge-patch+json`). */
  readonly contentType?: string;
  /** Bearer token instead of the administrator's. */
  readonly token?: string;
  readonly signal?: AbortSignal;
}

/** The client; safe to use from any number of concurrent workers. */
export interface ApiClient {
  /** Sends one request. @throws Error only when there is no answer (connection lost, aborted) */
  request(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<ApiResponse>;
  /** As `request`, and returns the body as the caller's type. @throws Error when the status is not 2xx */
  expect<T = KubeObject>(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<T>;
  /** Drops all connections and reads the CA file again: for a server whose certificate was replaced. */
  reconnect(): void;
}

/** Whom to talk to, and as whom. */
export interface ApiClientOptions {
  /** `https://ADDRESS:PORT` */
  readonly url: string;
  /** PEM; read when the first request is sent. */
  readonly caFile: string;
  readonly token: string;
}

/** Makes a client with at most 64 connections. Idle connections do not keep the process alive. */
export function createApiClient(server: ApiClientOptions): ApiClient {
  let agent: Agent | undefined;
  const currentAgent = (): Agent => {
    agent ??= new Agent({ keepAlive: true, maxSockets: 64, ca: readFileSync(server.caFile) });
    return agent;
  };
  const client: ApiClient = {
    // Asynchronous, so that a CA file which is just being replaced is a rejection like any lost connection.
    request: async (method, path, body, options = {}) =>
      send(
        { url: new URL(path, server.url), agent: currentAgent(), method, body },
        {
          token: server.token,
          ...options,
        },
      ),
    async expect<T>(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<T> {
      const response = await client.request(method, path, body, options);
      if (response.status >= 200 && response.status < 300) return response.body as T;
      throw new Error(`${method} ${path}: status ${response.status}: ${statusMessage(response.body)}`);
    },
    reconnect: () => {
      agent?.destroy();
      agent = undefined;
    },
  };
  return client;
}

interface Exchange {
  readonly url: URL;
  readonly agent: Agent;
  readonly method: string;
  readonly body: unknown;
}

function send(sendRequest: Exchange, options: RequestOptions): Promise<ApiResponse> {
  const { url, agent, method } = sendRequest;
  const payload = sendRequest.body === undefined ? undefined : Buffer.from(JSON.stringify(sendRequest.body));
  const defaultType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const headers = {
    authorization: `Bearer ${options.token ?? ""}`,
    accept: "application/json",
    ...(payload && {
      "content-type": options.contentType ?? defaultType,
      "content-length": payload.length,
    }),
  };
  return new Promise((resolve, reject) => {
    const signal = options.signal === undefined ? {} : { signal: options.signal };
    const request = httpsRequest(url, { method, agent, headers, ...signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const body = readBody(response.headers["content-type"], Buffer.concat(chunks).toString("utf8"));
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    request.once("error", reject);
    request.end(payload);
  });
}

function readBody(contentType: string | undefined, text: string): unknown {
  return contentType?.startsWith("application/json") ? (JSON.parse(text) as unknown) : text;
}

function statusMessage(body: unknown): string {
  if (typeof body === "string") return body.slice(0, 500);
  const isStatus = typeof body === "object" && body !== null && "message" in body;
  return isStatus ? String(body.message) : "no message";
}
