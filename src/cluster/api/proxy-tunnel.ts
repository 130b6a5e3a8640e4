/** Opens connections through the proxy that a kubeconfig names as `proxy-url`. What is sent through them is not its business. */
import { EventEmitter } from "node:events";
import { request as requestPlainly } from "node:http";
import { type AgentOptions, request as requestSecurely } from "node:https";
import type { Socket } from "node:net";
import { ConnectionFault } from "./connection-fault.ts";

/** A proxy: `http:`, `https:` or one of the `socks` kinds. */
export interface TunnelProxy {
  readonly url: URL;
  /** The client library's agent for it, which speaks SOCKS; it is not used for the other kinds. */
  readonly agent: unknown;
  /** For `https:`; those of the cluster, as client-go has it. A server name of the cluster is not the proxy's. */
  readonly tls: AgentOptions;
}

/** Where the other end is. */
export interface TunnelEnd {
  readonly host: string;
  readonly port: number;
}

/**
 * Gives a connection to `end` on which nothing has been sent.
 * @param timeoutMs longest wait for it
 * @throws ConnectionFault ETIMEDOUT when it takes longer, ERR_PROXY_REFUSED when an HTTP proxy answers with another status
 * than 200; Error of node:net or of the SOCKS client
 */
export async function openTunnel(proxy: TunnelProxy, end: TunnelEnd, timeoutMs: number): Promise<Socket> {
  let timer: NodeJS.Timeout | undefined;
  const aborted = new AbortController();
  const opened = isSocksAgent(proxy.agent)
    ? proxy.agent.connect(new EventEmitter(), { ...end, secureEndpoint: false, lookup: leaveToProxy })
    : connectOverHttp(proxy, end, aborted.signal);
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ConnectionFault("ETIMEDOUT")), timeoutMs);
  });
  try {
    return await Promise.race([opened, tooLate]);
  } catch (error) {
    aborted.abort();
    opened.then((socket) => socket.destroy()).catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#name-connect */
function connectOverHttp(
  { url, tls }: TunnelProxy,
  { host, port }: TunnelEnd,
  signal: AbortSignal,
): Promise<Socket> {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const { protocol, hostname, username, password } = url;
  const send = protocol === "https:" ? requestSecurely : requestPlainly;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const basic = `Basic ${Buffer.from(credentials).toString("base64")}`;
  return new Promise((resolve, reject) => {
    const request = send({
      ...tls,
      servername: undefined,
      host: unbracketed(hostname),
      port: url.port,
      method: "CONNECT",
      path: authority,
      agent: false,
      signal,
      headers: { host: authority, ...(credentials !== ":" && { "proxy-authorization": basic }) },
    });
    request.once("connect", ({ statusCode }, socket: Socket) => {
      if (statusCode === 200) {
        resolve(socket);
      } else {
        socket.destroy();
        reject(new ConnectionFault("ERR_PROXY_REFUSED"));
      }
    });
    request.on("error", reject);
    request.end();
  });
}

/** A host as URLs have it, as connections want it. */
export function unbracketed(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

/** What of SocksProxyAgent is used: the connection alone, as it names no host for the certificate of an IP address. */
interface SocksAgent {
  connect(
    request: EventEmitter,
    options: TunnelEnd & { readonly secureEndpoint: false; readonly lookup: typeof leaveToProxy },
  ): Promise<Socket>;
}

function isSocksAgent(agent: unknown): agent is SocksAgent {
  return typeof agent === "object" && agent !== null && "connect" in agent;
}

/** The proxy finds the address of a name, for all kinds of SOCKS, as client-go has it. */
function leaveToProxy(
  host: string,
  _options: unknown,
  callback: (error: null, address: string) => void,
): void {
  callback(null, host);
}
