/** A server that answers as each test writes it, to be spoken to through the way that a {@link Connection} gives. */
import { createServer as createPlainServer, type RequestListener } from "node:http";
import { createServer } from "node:https";
import type { Socket } from "node:net";
import type { TestContext } from "node:test";
import type { Cluster } from "@kubernetes/client-node";
import { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { type MadeCertificate, makeLocalCertificate } from "../../src/certificates/issue.ts";
import { Connection, type ConnectionOptions } from "../../src/cluster/api/connection.ts";
import { type OutgoingRequest, sendRequest } from "../../src/cluster/api/http-exchange.ts";
import { listenOn } from "../listen-on.ts";

/** Of every server here, with its CA. */
export const certificate: Promise<MadeCertificate> = makeLocalCertificate(Date.now());

/** A server and the connections to it. */
export interface RawServer {
  readonly url: string;
  /** Connections that are open. */
  readonly sockets: ReadonlySet<Socket>;
  /** All connections that there ever were. */
  readonly accepted: number;
}

/** The way to a server. */
export interface RawClient {
  readonly connection: Connection;
  /** A GET of `/`, unless said otherwise. */
  readonly send: (request?: Partial<OutgoingRequest>) => ReturnType<typeof sendRequest>;
}

/** How to reach a server; `token` is one that the kubeconfig has, none by default. */
type RawClientOptions = Partial<ConnectionOptions> & { readonly token?: string };

/** Starts a server that answers by `listener`, and a client of it; both end with the test. */
export async function startServer(
  t: TestContext,
  listener: RequestListener,
  options: RawClientOptions & { readonly isPlain?: boolean; readonly proxyUrl?: string } = {},
): Promise<RawClient & { readonly server: RawServer }> {
  const { isPlain = false, proxyUrl, ...choices } = options;
  const { cert, key, caCert } = await certificate;
  const server = isPlain ? createPlainServer(listener) : createServer({ cert, key }, listener);
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on(isPlain ? "connection" : "secureConnection", (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  });
  const url = `${isPlain ? "http" : "https"}://127.0.0.1:${await listenOn(server)}`;
  const caData = Buffer.from(caCert).toString("base64");
  const proxy = proxyUrl === undefined ? {} : { proxyUrl };
  const client = connectTo(t, { server: url, caData, ...proxy }, choices);
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const view = {
    url,
    sockets,
    get accepted() {
      return accepted;
    },
  };
  return { server: view, ...client };
}

/** Makes the way to `cluster`, which ends with the test. */
export function connectTo(
  t: TestContext,
  cluster: Partial<Cluster>,
  { token, ...options }: RawClientOptions = {},
): RawClient {
  const load = (): KubeConfig => {
    const config = new KubeConfig();
    const whole = { name: "raw", server: "", skipTLSVerify: false, ...cluster };
    config.loadFromClusterAndUser(whole, { name: "somebody", ...(token !== undefined && { token }) });
    return config;
  };
  const connection = new Connection({ load, maxConnections: 4, ...options });
  t.after(() => connection.close());
  const { signal } = new AbortController();
  const usual = { method: "GET", path: "/", headers: {}, idleTimeoutMs: 20_000, bodyIdleTimeoutMs: 20_000 } as const;
  return {
    connection,
    send: async (request) => sendRequest(await connection.endpoint(), { ...usual, signal, ...request }),
  };
}

/** For `assert.rejects`: whether an error has the code. */
export function hasCode(code: string): (error: unknown) => boolean {
  return (error) => (error as NodeJS.ErrnoException).code === code;
}
