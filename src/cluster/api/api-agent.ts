/**
 * The connections to one API server with one set of TLS settings, direct or through a proxy. It bounds their number and the
 * time that making one takes, and closes those that are idle. It sends nothing itself.
 */
import { Agent as PlainAgent } from "node:http";
import { type AgentOptions, Agent as SecureAgent } from "node:https";
import type { Socket } from "node:net";
import { ConnectionFault } from "./connection-fault.ts";
import { openTunnel, type TunnelEnd, type TunnelProxy } from "./proxy-tunnel.ts";

/** Where the connections go, and how. */
export interface AgentsOptions {
  readonly isSecure: boolean;
  /** What of it is about certificates. */
  readonly tls: AgentOptions;
  /** undefined: none. */
  readonly proxy: TunnelProxy | undefined;
  /** Requests beyond that wait. Connections through a proxy count from when it has made them. */
  readonly maxConnections: number;
}

/** Below the idle limits of usual load balancers, as client-go has it. */
const KEEP_ALIVE_PROBE_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Far below the 90 s after which API servers close idle connections, so that hardly a request meets one that is closing. */
const IDLE_MS = 4_000;

/** @see AgentsOptions */
export class Agents {
  /** For `request` of node:https, or of node:http when it is not secure. */
  readonly agent: PlainAgent;
  readonly isSecure: boolean;
  readonly #proxy: TunnelProxy | undefined;
  #isClosed = false;

  constructor({ isSecure, tls, proxy, maxConnections }: AgentsOptions) {
    const limits = { maxSockets: maxConnections, timeout: IDLE_MS };
    const options = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_PROBE_MS, ...limits };
    this.isSecure = isSecure;
    this.#proxy = proxy;
    this.agent = isSecure ? new SecureAgent({ ...tls, ...options }) : new PlainAgent(options);
    // All connections are of one kind. Node's name for it would hold certificate and key, made anew for each request.
    this.agent.getName = () => "api-server";
    this.#overrideConnections();
  }

  /** Closes the connections that nothing runs on. */
  closeIdle(): void {
    for (const socket of Object.values(this.agent.freeSockets).flat()) {
      socket?.destroy();
    }
  }

  /** Closes what is idle, now and from now on; what runs goes on. */
  retire(): void {
    // Node's agent looks at it whenever a request is over.
    Object.assign(this.agent, { keepAlive: false });
    this.closeIdle();
  }

  /** Ends all connections, running requests included, and makes no more. */
  close(): void {
    this.#isClosed = true;
    this.agent.destroy();
  }

  #overrideConnections(): void {
    const { agent } = this;
    const direct = agent.createConnection.bind(agent);
    agent.createConnection = (options, callback = () => undefined) => {
      const connect = (tunnel?: Socket): Socket =>
        this.#bound(direct({ ...options, ...(tunnel && { socket: tunnel }) }) as Socket);
      if (this.#proxy === undefined && !this.#isClosed) {
        return connect();
      }
      const end = { host: options.host ?? "", port: Number(options.port) };
      this.#tunnelTo(end)
        .then((tunnel) => (this.isSecure ? connect(tunnel) : tunnel))
        .then(
          (socket) => callback(null, socket),
          (error) => callback(error, undefined as never),
        );
      return undefined;
    };
  }

  async #tunnelTo(end: TunnelEnd): Promise<Socket> {
    if (this.#proxy === undefined || this.#isClosed) {
      throw new ConnectionFault("ERR_CONNECTION_CLOSED");
    }
    const tunnel = await openTunnel(this.#proxy, end, CONNECT_TIMEOUT_MS);
    return tunnel.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
  }

  /** Ends a connection that is not ready in time. */
  #bound(socket: Socket): Socket {
    const timer = setTimeout(() => socket.destroy(new ConnectionFault("ETIMEDOUT")), CONNECT_TIMEOUT_MS);
    const stop = (): void => clearTimeout(timer);
    return socket
      .once(this.isSecure ? "secureConnect" : "connect", () => {
        stop();
        socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
      })
      .once("close", stop);
  }
}
