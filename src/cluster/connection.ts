/**
 * Carries requests to the API server: authentication by the client library's KubeConfig, connections by one undici
 * dispatcher of our own. It knows nothing of resources and never logs.
 *
 * The library itself makes a new connection pool for each request (KubeConfig.applySecurityAuthentication), its generated
 * API builds whole objects, and its Watch drops lines that it cannot parse. What it does well is used: reading kubeconfigs,
 * tokens, exec plugins and TLS settings (applyToHTTPSOptions, createDispatcherOptions).
 */
import { createHash } from "node:crypto";
import type { AgentOptions, RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { RequestContext } from "@kubernetes/client-node/dist/gen/http/http.js";
import { Agent, type buildConnector, type Dispatcher, ProxyAgent } from "undici";

/** Choices for {@link Connection}. */
export interface ConnectionOptions {
  /** Loads the configuration anew: at the start and whenever the server refuses our credentials. */
  readonly load: () => KubeConfig;
  /** Most connections at a time. Watches hold one each. */
  readonly maxConnections: number;
}

/** How to send one request. */
export interface Route {
  readonly dispatcher: Dispatcher;
  readonly origin: string;
  /** Path of the server in front of all API paths, without a slash at its end; mostly empty. */
  readonly basePath: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface KeptDispatcher {
  readonly dispatcher: Dispatcher;
  readonly fingerprint: string;
  readonly madeAt: number;
}

const RENEWAL_INTERVAL_MS = 1_000;
/** A route is used for this long before tokens and certificates are read again. client-go reads them every 60 s. */
const ROUTE_LIFETIME_MS = 1_000;
/** Below the idle limits of usual load balancers, as client-go has it. */
const KEEP_ALIVE_PROBE_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** The way to one API server, kept up to date with the files of its configuration. */
export class Connection {
  readonly #options: ConnectionOptions;
  #config: KubeConfig;
  #route: Promise<Route> | undefined;
  #routeMadeAt = 0;
  #dispatcher: KeptDispatcher | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#config = options.load();
  }

  /** The way for one request. @throws Error when a file of the configuration cannot be read */
  async route(): Promise<Route> {
    if (this.#route === undefined || performance.now() - this.#routeMadeAt > ROUTE_LIFETIME_MS) {
      this.#routeMadeAt = performance.now();
      this.#route = this.#makeRoute();
    }
    return this.#route;
  }

  /** Reads the whole configuration again before the next request; what is there stays if it cannot be read. */
  reload(): void {
    this.#route = undefined;
    this.#config = this.#options.load();
  }

  /**
   * Makes the next requests use new connections, for a request sent at `sentAtMs` (by performance.now) that has no answer.
   * What runs on the old ones goes on, and their idle ones are closed. At most once a second, as a server that is just slow
   * gains nothing from it.
   * @returns whether the next request will use a connection that is younger than the silent one
   */
  renew(sentAtMs: number): boolean {
    if (this.#dispatcher === undefined || this.#dispatcher.madeAt > sentAtMs) {
      return true;
    }
    if (performance.now() - this.#dispatcher.madeAt < RENEWAL_INTERVAL_MS) {
      return false;
    }
    this.#retire();
    this.#route = undefined;
    return true;
  }

  /** Ends all connections, running requests included. */
  async close(): Promise<void> {
    await this.#dispatcher?.dispatcher.destroy();
  }

  async #makeRoute(): Promise<Route> {
    const cluster = this.#config.getCurrentCluster();
    const server = new URL(cluster?.server ?? "");
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      headers[name.toLowerCase()] = String(value).trim();
    }
    if (typeof options.auth === "string") {
      headers.authorization = `Basic ${Buffer.from(options.auth).toString("base64")}`;
    }
    return {
      dispatcher: await this.#dispatcherFor(options),
      origin: server.origin,
      basePath: server.pathname.replace(/\/+$/, ""),
      headers,
    };
  }

  /** The one dispatcher, replaced when a certificate, a key or an address has changed. */
  async #dispatcherFor(options: RequestOptions): Promise<Dispatcher> {
    const cluster = this.#config.getCurrentCluster();
    const settings = this.#config.createDispatcherOptions(cluster, tlsOptionsOf(options));
    const fingerprint = fingerprintOf([cluster?.server, settings]);
    if (this.#dispatcher?.fingerprint === fingerprint) {
      return this.#dispatcher.dispatcher;
    }
    const limits = { connections: this.#options.maxConnections, pipelining: 1, allowH2: false };
    const connectWith = (tls: object): buildConnector.BuildOptions => ({
      timeout: CONNECT_TIMEOUT_MS,
      keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS,
      ...tls,
    });
    let dispatcher: Dispatcher;
    if (settings.type === "proxy") {
      const proxied: object = { ...limits, ...settings, connect: connectWith(settings.connect ?? {}) };
      dispatcher = new ProxyAgent({ uri: settings.uri, ...proxied });
    } else if (settings.type === "socks") {
      dispatcher = await this.#librarysDispatcher();
    } else {
      const connect = connectWith((settings.type === "agent" ? settings.connect : undefined) ?? {});
      dispatcher = new Agent({ ...limits, connect });
    }
    this.#retire();
    this.#dispatcher = { dispatcher, fingerprint, madeAt: performance.now() };
    return dispatcher;
  }

  /** Watches on the old connections end by themselves: at their server's next time-out at the latest. */
  #retire(): void {
    this.#dispatcher?.dispatcher.close().catch(() => undefined);
    this.#dispatcher = undefined;
  }

  /** The library keeps its SOCKS connector to itself, so its dispatcher is taken as it is. */
  async #librarysDispatcher(): Promise<Dispatcher> {
    const context = new RequestContext(this.#config.getCurrentCluster()?.server ?? "", "GET");
    await this.#config.applySecurityAuthentication(context);
    const dispatcher = context.getDispatcher();
    if (dispatcher === undefined) {
      throw new Error("no dispatcher for the proxy of the kubeconfig");
    }
    return dispatcher;
  }
}

function tlsOptionsOf(options: RequestOptions): AgentOptions {
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  const given = Object.entries({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** A digest, so that no second copy of a private key is kept to compare with. */
function fingerprintOf(settings: unknown): string {
  return createHash("sha256").update(JSON.stringify(settings)).digest("base64");
}
