/**
 * Requests to a registry and to those it names, within bounds: one deadline, a bounded body, a bounded number of redirects. It knows
 * nothing of logins but one thing: `authorization` leaves the host that it is for in no case.
 */
import { type LookupAddress, lookup } from "node:dns";
import type { IncomingMessage } from "node:http";
import { request as startRequest } from "node:http";
import { isIP, type LookupFunction } from "node:net";
import * as tls from "node:tls";
import { rootCertificates } from "node:tls";
import { urlToHttpOptions } from "node:url";
import { ConnectionPool } from "../cluster/api/connection-pool.ts";
import type { Misbehaviour } from "../core/verdicts/registry-outcome.ts";
import { type Environment, proxyOf } from "./proxy.ts";
import { type Reach, reachOf } from "./reach.ts";

/** @see ExchangeOptions */
export const MAX_BODY_BYTES: number = 256 * 1024;
const MAX_HEADER_BYTES = 64 * 1024;
/** @see containerd core/remotes/docker/resolver.go CheckRedirect */
const MAX_REDIRECTS = 10;

/** How registries are reached. */
export interface ExchangeOptions {
  /** PEM, beside the CAs that are trusted anyway. */
  readonly ca: string | undefined;
  /** Hosts in their canonical form whose certificate is not checked, and which may speak plain HTTP. @see canonicalHost */
  readonly insecureHosts: ReadonlySet<string>;
  readonly userAgent: string;
  readonly environment: Environment;
  /** Another one in tests, where everything is on this machine. */
  readonly reachOf?: (address: string) => Reach;
}

/** What ended an exchange before its answer. */
export class ExchangeError extends Error {
  readonly how: Misbehaviour;
  readonly host: string;

  constructor(how: Misbehaviour, host: string) {
    super(how);
    this.how = how;
    this.host = host;
  }
}

/** One request. */
export interface RegistryRequest {
  readonly method: "HEAD" | "GET" | "POST";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent to the host of `url` alone. */
  readonly authorization?: string | undefined;
  readonly body?: string;
  /** Whether the body is wanted. */
  readonly wantsBody?: boolean;
}

/** An answer, read to its end. */
export interface RegistryAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** "" unless it was wanted. */
  readonly body: string;
  /** What was asked in the end, after redirects. */
  readonly url: URL;
}

/** One conversation: a few requests under one deadline, on connections of its own. */
export class RegistryExchange {
  readonly #options: ExchangeOptions;
  readonly #signal: AbortSignal;
  readonly #pools = new Map<string, ConnectionPool>();
  /** That of the first host, which sets how far in the others may be; 0 through a proxy, which resolves names itself. */
  #reach: Reach | undefined;
  /** The host that was spoken to last. */
  host = "";

  constructor(options: ExchangeOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Sends it and follows redirects. @throws ExchangeError, and errors of node:http, node:net, node:tls */
  async send(first: RegistryRequest): Promise<RegistryAnswer> {
    let request = first;
    for (let redirects = 0; ; redirects += 1) {
      const answer = await this.#sendOnce(request);
      const { location } = answer.headers;
      if (answer.status < 300 || answer.status > 399 || location === undefined) return answer;
      if (redirects >= MAX_REDIRECTS) throw new ExchangeError("too-many-redirects", request.url.host);
      const url = this.checkedUrl(location, request.url);
      const isSame = url.host === request.url.host && url.protocol === request.url.protocol;
      // A form holds the password: it goes to the host that it was meant for, and is not sent again.
      if (request.method === "POST") throw new ExchangeError("login-elsewhere", url.host);
      request = { ...request, url, authorization: isSame ? request.authorization : undefined };
    }
  }

  /** Reads an address that somebody at `from` gave. @throws ExchangeError */
  checkedUrl(text: string, from: URL): URL {
    let url: URL;
    try {
      url = new URL(text, from);
    } catch {
      throw new ExchangeError("no-address", from.host);
    }
    if (url.protocol !== "https:" && url.protocol !== "http:") throw new ExchangeError("no-address", from.host);
    if (url.protocol === "http:" && from.protocol === "https:") throw new ExchangeError("points-to-http", url.host);
    // A login in an address is nobody's business here.
    url.username = "";
    url.password = "";
    return url;
  }

  /** Ends the connections. */
  close(): void {
    for (const pool of this.#pools.values()) pool.close();
  }

  async #sendOnce({ method, url, headers, authorization, body, wantsBody }: RegistryRequest): Promise<RegistryAnswer> {
    this.host = url.host;
    this.#checkLiteral(url);
    const outgoing = {
      "user-agent": this.#options.userAgent,
      ...headers,
      ...(authorization !== undefined && { authorization }),
    };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = startRequest({
        ...urlToHttpOptions(url),
        agent: this.#poolFor(url).agent,
        method,
        headers: outgoing,
        lookup: this.#lookup(url),
        maxHeaderSize: MAX_HEADER_BYTES,
        signal: this.#signal,
      });
      // While a request waits for the tunnel of a proxy it emits nothing.
      this.#signal.addEventListener("abort", () => reject(this.#signal.reason), { once: true });
      request.once("response", resolve).once("error", reject).end(body);
    });
    this.#reach ??= this.#reachFrom(url, response.socket.remoteAddress);
    const text = wantsBody === true ? await readBody(response, url.host) : "";
    response.destroy();
    return { status: response.statusCode ?? 0, headers: response.headers, body: text, url };
  }

  #reachFrom(url: URL, address: string | undefined): Reach {
    return proxyOf(url, this.#options.environment) === undefined ? this.#reachOf(address ?? "") : 0;
  }

  #reachOf(address: string): Reach {
    return (this.#options.reachOf ?? reachOf)(address);
  }

  #checkLiteral(url: URL): void {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    if (isIP(host) !== 0) this.#check(host, url);
    if (/(?:^|\.)localhost\.?$/.test(host)) this.#check("127.0.0.1", url);
  }

  #check(address: string, url: URL): void {
    if (this.#reach !== undefined && this.#reachOf(address) > this.#reach) {
      throw new ExchangeError("points-inwards", url.host);
    }
  }

  /** Names are judged by the address that is then connected to, so that no second look-up can give another one. */
  #lookup(url: URL): LookupFunction {
    return (host, options, callback) => {
      lookup(host, options, (error: NodeJS.ErrnoException | null, found: string | LookupAddress[], family) => {
        if (error !== null) return callback(error, found, family);
        try {
          for (const { address } of Array.isArray(found) ? found : [{ address: found }]) this.#check(address, url);
        } catch (inwards) {
          return callback(inwards as Error, [], 0);
        }
        callback(null, found, family);
      });
    };
  }

  #poolFor(url: URL): ConnectionPool {
    const pool = this.#pools.get(url.origin) ?? this.#makePool(url);
    this.#pools.set(url.origin, pool);
    return pool;
  }

  #makePool(url: URL): ConnectionPool {
    const { ca, insecureHosts, environment } = this.#options;
    const isInsecure = insecureHosts.has(url.host);
    return new ConnectionPool({
      isSecure: url.protocol === "https:",
      tls: { ...(ca !== undefined && { ca: [...trustedAnyway(), ca] }), rejectUnauthorized: !isInsecure },
      proxyUrl: proxyOf(url, environment),
      maxConnections: 2,
      connectTimeoutMs: 9_000,
      maxIdleMs: 1_000,
    });
  }
}

/** Node 20 knows its own list alone. */
function trustedAnyway(): readonly string[] {
  const read = (tls as { getCACertificates?: (type: string) => string[] }).getCACertificates;
  return read === undefined ? rootCertificates : read("default");
}

async function readBody(response: IncomingMessage, host: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new ExchangeError("too-long", host);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
