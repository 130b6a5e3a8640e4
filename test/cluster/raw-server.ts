/** A server that answers as each test writes it, to be spoken to through the way that a {@link Connection} gives. */
import { createServer as createPlainServer, type RequestListener } from "node:http";
import { createServer } from "node:https";
import type { Socket } from "node:net";
import type { Cluster } from "@kubernetes/client-node";
import { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { type MadeCertificate, makeLocalCertificate } from "../../src/certificates/issue.ts";
import { Connection, type ConnectionOptions } from "../../src/cluster/api/connection.ts";
import { type OutgoingRequest, sendRequest } from "../../src/cluster/api/http-exchange.ts";
import { listenOn } from "../listen-on.ts";

/** Of every server here, with its CA. */
export const certificate: Promise<MadeCertificate> = makeLocalCertificate(Date.now());

/** @see withServer */
export interface RawServer {
  readonly url: string;
  /** Connections that are open. */
  readonly sockets: ReadonlySet<Socket>;
  /** All connections that there ever were. */
  readonly accepted: number;
}

/** Of what a test wants another than is usual. */
export interface RawServerOptions extends Partial<Omit<ConnectionOptions, "load">> {
  readonly isPlain?: boolean;
  readonly proxyUrl?: string;
  /** That the kubeconfig has; none by default. */
  readonly token?: string;
}

/** What a test gets. */
export interface Scene {
  readonly server: RawServer;
  readonly connection: Connection;
  /** A GET of `/`, unless said otherwise. */
  readonly send: (request?: Partial<OutgoingRequest>) => ReturnType<typeof sendRequest>;
}

/** Runs `body` with a server that answers by `listener`, and ends both. */
export async function withServer(
  listener: RequestListener,
  options: RawServerOptions,
  body: (scene: Scene) => Promise<void>,
): Promise<void> {
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
  const port = await listenOn(server);
  const cluster = {
    server: `${isPlain ? "http" : "https"}://127.0.0.1:${port}`,
    caData: Buffer.from(caCert).toString("base64"),
    ...(proxyUrl !== undefined && { proxyUrl }),
  };
  const view = {
    url: cluster.server,
    sockets,
    get accepted() {
      return accepted;
    },
  };
  try {
    await withConnection(cluster, (client) => body({ server: view, ...client }), choices);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

/** Runs `body` with the way to `cluster`, and ends it. */
export async function withConnection(
  cluster: Partial<Cluster>,
  body: (client: Omit<Scene, "server">) => Promise<void>,
  { token, ...options }: Partial<Omit<ConnectionOptions, "load">> & Pick<RawServerOptions, "token"> = {},
): Promise<void> {
  const load = (): KubeConfig => {
    const config = new KubeConfig();
    const whole = { name: "raw", server: "", skipTLSVerify: false, ...cluster };
    config.loadFromClusterAndUser(whole, { name: "somebody", ...(token !== undefined && { token }) });
    return config;
  };
  const connection = new Connection({ load, maxConnections: 4, ...options });
  const { signal } = new AbortController();
  try {
    await body({
      connection,
      send: async (request) => sendRequest(await connection.endpoint(), { ...USUAL, signal, ...request }),
    });
  } finally {
    connection.close();
  }
}

const USUAL = {
  method: "GET",
  path: "/",
  headers: {},
  idleTimeoutMs: 20_000,
  bodyIdleTimeoutMs: 20_000,
} as const;

/** For `assert.rejects`: whether an error has the code. */
export function hasCode(code: string): (error: unknown) => boolean {
  return (error) => (error as NodeJS.ErrnoException).code === code;
}
