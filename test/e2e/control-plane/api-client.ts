/**
 * A plain JSON client of the API server for tests: one keep-alive pool, no retries, no interpretation. It is not the
 * client under test and must share no code with it.
 */
import { readFileSync } from "node:fs";
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
  /** The parsed body where it is JSON, else its text. */
  readonly body: unknown;
}

/** Deviations from a JSON request of the administrator. */
export interface RequestOptions {
  /** Default `application/json`; of a PATCH `application/merge-patch+json`. */
  readonly contentType?: string;
  /** Bearer token instead of the administrator's. */
  readonly token?: string;
  readonly signal?: AbortSignal;
}

/** Has at most 64 connections; idle ones do not keep the process alive. */
export class ApiClient {
  readonly #server: { readonly url: string; readonly caFile: string; readonly token: string };
  #agent: Agent | undefined;

  /** The CA file is read when the first request is sent. */
  constructor(server: { readonly url: string; readonly caFile: string; readonly token: string }) {
    this.#server = server;
  }

  /** @throws Error only when there is no answer (connection lost, aborted, a CA file that is just being replaced) */
  async request(
    method: string,
    path: string,
    body?: unknown,
    { contentType, token = this.#server.token, signal }: RequestOptions = {},
  ): Promise<ApiResponse> {
    this.#agent ??= new Agent({ keepAlive: true, maxSockets: 64, ca: readFileSync(this.#server.caFile) });
    const type = contentType ?? (method === "PATCH" ? "application/merge-patch+json" : "application/json");
    const payload = body === undefined ? "" : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${token}`,
      accept: "application/json",
      ...(body !== undefined && { "content-type": type, "content-length": Buffer.byteLength(payload) }),
    };
    const options = { method, agent: this.#agent, headers, ...(signal && { signal }) };
    return new Promise((resolve, reject) => {
      const request = httpsRequest(new URL(path, this.#server.url), options, async (response) => {
        try {
          const text = Buffer.concat(await response.toArray()).toString("utf8");
          const isJson = response.headers["content-type"]?.startsWith("application/json");
          resolve({ status: response.statusCode ?? 0, body: isJson ? JSON.parse(text) : text });
        } catch (error) {
          reject(error);
        }
      });
      request.once("error", reject);
      request.end(payload);
    });
  }

  /** Gives the body as the caller's type. @throws Error when the status is not 2xx */
  async expect<T = KubeObject>(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<T> {
    const response = await this.request(method, path, body, options);
    if (response.status >= 200 && response.status < 300) return response.body as T;
    const { message } = Object(response.body) as { message?: string };
    throw new Error(`${method} ${path}: status ${response.status}: ${message ?? String(response.body).slice(0, 500)}`);
  }

  /** Drops all connections and reads the CA file again: for a server whose certificate was replaced. */
  reconnect(): void {
    this.#agent?.destroy();
    this.#agent = undefined;
  }
}
