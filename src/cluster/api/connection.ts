/**
 * The way to the API server: authentication by the client library's KubeConfig, connections by one pool of our own. It knows
 * nothing of resources, sends nothing and never logs.
 *
 * The library itself makes a new connection pool for each request (KubeConfig.applySecurityAuthentication), its generated
 * API builds whole objects, and its Watch drops lines that it cannot parse. What it does well is used: reading kubeconfigs,
 * tokens, exec plugins and TLS settings (applyToHTTPSOptions).
 */
import { createHash } from "node:crypto";
import type { RequestOptions, AgentOptions as TlsOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { type Clock, SYSTEM_CLOCK } from "../../telemetry/clock.ts";
import { ConnectionPool } from "./connection-pool.ts";
import type { Endpoint } from "./http-exchange.ts";

const CONNECT_TIMEOUT_MS = 5_000;
/** Far below the 90 s after which API servers close idle connections, so that hardly a request meets one that is closing. */
const MAX_IDLE_MS = 4_000;

/** Choices for {@link Connection}. */
export interface ConnectionOptions {
  /** Loads the configuration, again whenever the server refuses our credentials. */
  readonly load: () => KubeConfig;
  /** Most connections at a time. Watches hold one each. */
  readonly maxConnections: number;
  /** @see ConnectionPoolOptions */
  readonly connectTimeoutMs?: number;
  readonly maxIdleMs?: number;
  readonly clock?: Clock;
}

const RENEWAL_INTERVAL_MS = 1_000;
/** However many requests are refused at a time, the configuration is read once, and its exec plugins run once. */
const RELOAD_INTERVAL_MS = 1_000;
/**
 * An endpoint is used for this long before certificates and tokens are read again. client-go reads them every 60 s. The library
 * runs an exec plugin again only when its credentials are over; one that names no end of them is run with each reading.
 */
const ENDPOINT_LIFETIME_MS = 1_000;

/** @see ConnectionOptions */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #clock: Clock;
  #config: KubeConfig;
  #loadedAt = Number.NEGATIVE_INFINITY;
  #endpoint: Promise<Endpoint> | undefined;
  #endpointMadeAt = 0;
  #current: { readonly pool: ConnectionPool; readonly fingerprint: string; readonly madeAt: number } | undefined;
  #answeredAt = Number.NEGATIVE_INFINITY;

  /** @throws Error when the configuration cannot be loaded */
  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#config = options.load();
  }

  /** The way for one request. @throws Error when a file of the configuration cannot be read */
  async endpoint(): Promise<Endpoint> {
    const now = this.#clock.elapsed();
    if (this.#endpoint === undefined || now - this.#endpointMadeAt > ENDPOINT_LIFETIME_MS) {
      this.#endpointMadeAt = now;
      this.#endpoint = this.#makeEndpoint();
    }
    return this.#endpoint;
  }

  /** Reads the whole configuration again before the next request, at most once a second. Never throws. */
  reload(): void {
    const now = this.#clock.elapsed();
    if (now - this.#loadedAt < RELOAD_INTERVAL_MS) return;
    this.#loadedAt = now;
    this.#endpoint = undefined;
    try {
      this.#config = this.#options.load();
    } catch {
      // A file that is being replaced right now is read by the next reload; what was loaded before goes on.
    }
  }

  /**
   * Makes the next requests use new connections, for a request sent at `sentAtMs` (by the clock's `elapsed`) that has no
   * answer. What runs on the old ones goes on, and their idle ones are closed. At most once a second, as a server that is
   * just slow gains nothing from it, and never while others are answered on the old ones.
   * @returns whether the next request will use a connection that is younger than the silent one
   */
  renew(sentAtMs: number): boolean {
    if (this.#current === undefined || this.#current.madeAt > sentAtMs) return true;
    if (this.#answeredAt > sentAtMs) return false;
    if (this.#clock.elapsed() - this.#current.madeAt < RENEWAL_INTERVAL_MS) return false;
    this.#retire();
    this.#endpoint = undefined;
    return true;
  }

  /** Called with each answer, whatever its status: the connections of its endpoint are alive. */
  noteAnswer({ pool }: Endpoint): void {
    if (pool === this.#current?.pool) this.#answeredAt = this.#clock.elapsed();
  }

  /** Ends all connections, running requests included. */
  close(): void {
    this.#current?.pool.close();
  }

  async #makeEndpoint(): Promise<Endpoint> {
    const server = new URL(this.#config.getCurrentCluster()?.server ?? "");
    const options: RequestOptions = {};
    // Like kubectl: what has no TLS, such as kubectl proxy, does not hear who we are.
    if (server.protocol === "https:") await this.#config.applyToHTTPSOptions(options);
    const given = Object.entries(options.headers ?? {});
    const headers = Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), String(value).trim()]));
    if (typeof options.auth === "string") {
      headers.authorization = `Basic ${Buffer.from(options.auth).toString("base64")}`;
    }
    const basePath = server.pathname.replace(/\/+$/, "");
    return { pool: this.#poolFor(server, tlsOptionsOf(options)), server, basePath, headers };
  }

  /** The one pool, replaced when a certificate, a key or an address has changed. */
  #poolFor(server: URL, tls: TlsOptions): ConnectionPool {
    const proxyUrl = this.#config.getCurrentCluster()?.proxyUrl || undefined;
    const settings = JSON.stringify([server.origin, proxyUrl, tls]);
    // A digest, so that no second copy of a private key is kept to compare with.
    const fingerprint = createHash("sha256").update(settings).digest("base64");
    if (this.#current?.fingerprint !== fingerprint) {
      const { maxConnections, connectTimeoutMs = CONNECT_TIMEOUT_MS, maxIdleMs = MAX_IDLE_MS } = this.#options;
      const pool = {
        isSecure: server.protocol === "https:",
        tls,
        proxyUrl,
        maxConnections,
        connectTimeoutMs,
        maxIdleMs,
      };
      this.#retire();
      this.#current = { pool: new ConnectionPool(pool), fingerprint, madeAt: this.#clock.elapsed() };
    }
    return this.#current.pool;
  }

  /** Watches on the old connections end by themselves: at their server's next time-out at the latest. */
  #retire(): void {
    this.#current?.pool.retire();
    this.#current = undefined;
  }
}

function tlsOptionsOf(options: RequestOptions): TlsOptions {
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  const given = Object.entries({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
