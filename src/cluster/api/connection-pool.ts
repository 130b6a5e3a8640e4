/**
 * The kept connections to one API server with one set of TLS settings, direct or through the proxy that a kubeconfig names as
 * `proxy-url`. They are connections of an agent of Node, bounded in number, closed when idle, and ready in a bounded time.
 *
 * The proxy agents make the tunnel and no more. As agents of a request they would take the answer of a proxy that refuses us
 * for one of the API server (403: a missing right; 404: no such object), keep idle connections for ever, keep those of a
 * silent proxy for ever (https-proxy-agent), and end watches that are silent (the time-out of socks-proxy-agent).
 */
import { EventEmitter } from "node:events";
import { type ClientRequest, Agent as PlainAgent } from "node:http";
import { Agent as SecureAgent, type AgentOptions as TlsOptions } from "node:https";
import type { Socket } from "node:net";
import { HttpsProxyAgent } from "https-proxy-agent";
import { SocksProxyAgent } from "socks-proxy-agent";

/** Where the connections go, and how. */
export interface ConnectionPoolOptions {
  readonly isSecure: boolean;
  /** CA, client certificate and key of the cluster. An `https:` proxy is trusted by them too, as client-go has it. */
  readonly tls: TlsOptions;
  /** `http:`, `https:` or one of the `socks` kinds; undefined: no proxy. */
  readonly proxyUrl: string | undefined;
  /** Requests beyond that wait. Connections through a proxy count from when it has made them. */
  readonly maxConnections: number;
  /** Longest time for TCP and TLS, and for the tunnel of a proxy before them. */
  readonly connectTimeoutMs: number;
  /** A connection on which nothing runs is closed after this. */
  readonly maxIdleMs: number;
}

/** Below the idle limits of usual load balancers, as client-go has it. */
const KEEP_ALIVE_PROBE_MS = 30_000;

/** @see ConnectionPoolOptions */
export class ConnectionPool {
  /** For `request` of node:http; it makes TLS connections when the pool is secure. */
  readonly agent: PlainAgent;
  readonly #options: ConnectionPoolOptions;
  #isClosed = false;

  constructor(options: ConnectionPoolOptions) {
    const { isSecure, tls, maxConnections, maxIdleMs } = options;
    const limits = {
      keepAlive: true,
      keepAliveMsecs: KEEP_ALIVE_PROBE_MS,
      maxSockets: maxConnections,
      timeout: maxIdleMs,
    };
    this.#options = options;
    this.agent = isSecure ? new SecureAgent({ ...tls, ...limits }) : new PlainAgent(limits);
    // All connections are of one kind. Node's name for it would hold certificate and key, built again for each request.
    this.agent.getName = () => "api-server";
    this.#overrideConnections();
  }

  /** Closes the connections that nothing runs on. */
  closeIdle(): void {
    for (const socket of Object.values(this.agent.freeSockets).flat()) socket?.destroy();
  }

  /** Closes what is idle, now and from now on; what runs goes on. */
  retire(): void {
    // Node's agent reads it whenever a request is over.
    Object.assign(this.agent, { keepAlive: false });
    this.closeIdle();
  }

  /** Ends all connections, running requests included, and makes no more. */
  close(): void {
    this.#isClosed = true;
    this.agent.destroy();
  }

  #overrideConnections(): void {
    const { isSecure, proxyUrl, connectTimeoutMs } = this.#options;
    const create = this.agent.createConnection.bind(this.agent);
    const connect = (options: object): Socket =>
      boundConnect(create(options) as Socket, isSecure ? "secureConnect" : "connect", connectTimeoutMs);
    this.agent.createConnection = (options, callback = () => undefined) => {
      if (proxyUrl === undefined && !this.#isClosed) return connect(options);
      this.#openTunnel(proxyUrl, { host: options.host ?? "", port: Number(options.port) })
        .then((socket) => (isSecure ? connect({ ...options, socket }) : socket))
        .then(
          (socket) => callback(null, socket),
          (error) => callback(error, undefined as never),
        );
      return undefined;
    };
  }

  async #openTunnel(
    proxyUrl: string | undefined,
    end: { readonly host: string; readonly port: number },
  ): Promise<Socket> {
    if (proxyUrl === undefined || this.#isClosed) throw connectionError("ERR_CONNECTION_CLOSED");
    const ended = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(connectionError("ETIMEDOUT")), this.#options.connectTimeoutMs);
    });
    const opened = openTunnel(proxyUrl, end, { ...this.#options.tls, signal: ended.signal });
    try {
      const tunnel = await Promise.race([opened, tooLate]);
      return tunnel.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
    } catch (error) {
      ended.abort();
      opened.then((tunnel) => tunnel.destroy()).catch(() => undefined);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Ends a connection that is not ready in time. */
function boundConnect(socket: Socket, ready: "secureConnect" | "connect", timeoutMs: number): Socket {
  const timer = setTimeout(() => socket.destroy(connectionError("ETIMEDOUT")), timeoutMs);
  // Node does not hand the agent's keepAlive on to sockets of TLS.
  socket.once(ready, () => {
    clearTimeout(timer);
    socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
  });
  return socket.once("close", () => clearTimeout(timer));
}

/**
 * Gives a connection to `end` on which nothing has been sent.
 * @param options for the connection to an HTTP proxy. The SOCKS client ends its own after 30 s.
 */
async function openTunnel(
  proxyUrl: string,
  end: { readonly host: string; readonly port: number },
  options: TlsOptions & { readonly signal: AbortSignal },
): Promise<Socket> {
  // The proxy finds the address of a name, for all kinds of SOCKS, as client-go has it.
  const socksUrl = proxyUrl.replace(/^socks5:/, "socks5h:").replace(/^socks4:/, "socks4a:");
  const agent = proxyUrl.startsWith("socks")
    ? new SocksProxyAgent(socksUrl)
    : // A server name of the cluster is not the proxy's.
      new HttpsProxyAgent(proxyUrl, { ...options, servername: undefined });
  let status = 200;
  const request = new EventEmitter().once("proxyConnect", ({ statusCode }) => {
    status = statusCode;
  });
  const tunnel = await agent.connect(request as ClientRequest, { ...end, secureEndpoint: false });
  if (status !== 200) throw connectionError("ERR_PROXY_REFUSED");
  return tunnel;
}

/** An error that is known by its code alone, as those of Node are. It quotes nothing. */
export function connectionError(code: "ETIMEDOUT" | "ERR_PROXY_REFUSED" | "ERR_CONNECTION_CLOSED"): Error {
  return Object.assign(new Error(code), { code });
}
