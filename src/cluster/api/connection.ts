/**
 * The way to the API server: authentication by the client library's KubeConfig, connections by one agent of our own. It knows
 * nothing of resources, sends nothing and never logs.
 *
 * The library itself makes a new connection pool for each request (KubeConfig.applySecurityAuthentication), its generated
 * API builds whole objects, and its Watch drops lines that it cannot parse. What it does well is used: reading kubeconfigs,
 * tokens, exec plugins and TLS settings (applyToHTTPSOptions).
 */
import { createHash } from "node:crypto";
import type { AgentOptions, RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { Agents } from "./api-agent.ts";
import type { Endpoint } from "./http-exchange.ts";

/** Choices for {@link Connection}. */
export interface ConnectionOptions {
  /** Loads the configuration anew: at the start and whenever the server refuses our credentials. */
  readonly load: () => KubeConfig;
  /** Most connections at a time. Watches hold one each. */
  readonly maxConnections: number;
}

interface KeptAgent {
  readonly agent: Agents;
  readonly fingerprint: string;
  readonly madeAt: number;
}

const RENEWAL_INTERVAL_MS = 1_000;
/** A route is used for this long before tokens and certificates are read again. client-go reads them every 60 s. */
const ROUTE_LIFETIME_MS = 1_000;

/** The way to one API server, kept up to date with the files of its configuration. */
export class Connection {
  readonly #options: ConnectionOptions;
  #config: KubeConfig;
  #route: Promise<Endpoint> | undefined;
  #routeMadeAt = 0;
  #agent: KeptAgent | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#config = options.load();
  }

  /** The way for one request. @throws Error when a file of the configuration cannot be read */
  async route(): Promise<Endpoint> {
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
    if (this.#agent === undefined || this.#agent.madeAt > sentAtMs) {
      return true;
    }
    if (performance.now() - this.#agent.madeAt < RENEWAL_INTERVAL_MS) {
      return false;
    }
    this.#retire();
    this.#route = undefined;
    return true;
  }

  /** Ends all connections, running requests included. */
  close(): void {
    this.#agent?.agent.close();
  }

  async #makeRoute(): Promise<Endpoint> {
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
      agent: this.#agentFor(server, options),
      server,
      basePath: server.pathname.replace(/\/+$/, ""),
      headers,
    };
  }

  /** The one agent, replaced when a certificate, a key or an address has changed. */
  #agentFor(server: URL, options: RequestOptions): Agents {
    const proxyUrl = this.#config.getCurrentCluster()?.proxyUrl;
    const tls = tlsOptionsOf(options);
    const fingerprint = fingerprintOf([server.origin, proxyUrl, tls]);
    if (this.#agent?.fingerprint === fingerprint) {
      return this.#agent.agent;
    }
    const agent = new Agents({
      isSecure: server.protocol === "https:",
      tls,
      proxy: proxyUrl ? { url: new URL(proxyUrl), agent: options.agent, tls } : undefined,
      maxConnections: this.#options.maxConnections,
    });
    this.#retire();
    this.#agent = { agent, fingerprint, madeAt: performance.now() };
    return agent;
  }

  /** Watches on the old connections end by themselves: at their server's next time-out at the latest. */
  #retire(): void {
    this.#agent?.agent.retire();
    this.#agent = undefined;
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
