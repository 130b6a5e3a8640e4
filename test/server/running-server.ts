/** A real server for tests: verified HTTPS with a certificate made for it, credentials in memory, its log and answers at hand. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { TestContext } from "node:test";
import type { IssuedCertificate } from "../../src/certificates/issue.ts";
import { openLocalCertificate } from "../../src/certificates/local-source.ts";
import type { CertificatePair } from "../../src/certificates/source.ts";
import type { CredentialSource, ObservedResponse } from "../../src/server/admission/ports.ts";
import type { ClientPolicy } from "../../src/server/client-certificates.ts";
import { startWebhookServer } from "../../src/server/https-server.ts";
import { REJECTION_REASONS, type RejectionReason } from "../../src/server/limits/rejection.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "../../src/server/limits/server-limits.ts";
import type { ListenAddress } from "../../src/server/listen.ts";
import { type RunningServer, startServer } from "../../src/server/start-server.ts";
import { SYSTEM_CLOCK } from "../../src/telemetry/clock.ts";
import type { HealthCheck } from "../../src/telemetry/health-check.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { PullringMetrics, type PullringMetricsOptions } from "../../src/telemetry/pullring-metrics.ts";
import { EMPTY_SOURCE } from "./admission/example-source.ts";

const LOOPBACK: ListenAddress = { host: "127.0.0.1", port: 0 };

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Call {
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface TestServer {
  readonly server: RunningServer;
  readonly ca: string;
  readonly agent: Agent;
  readonly observed: readonly ObservedResponse[];
  /** Reasons for which clients were rejected so far. */
  readonly rejections: readonly RejectionReason[];
  /** The whole log so far. */
  log(): string;
  /** Log lines with this message. */
  linesOf(message: string): readonly Record<string, unknown>[];
  call(call: Call): Promise<Answer>;
  stop(): Promise<void>;
}

export interface TestServerOptions {
  readonly source?: CredentialSource;
  readonly limits?: Partial<ServerLimits>;
  readonly level?: string;
  readonly checks?: readonly HealthCheck[];
  readonly clients?: ClientPolicy;
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const directory = mkdtempSync(join(tmpdir(), "pullring-"));
  const { logger, log } = collectLog(options.level ?? "debug");
  const ended = new AbortController();
  const certificates = await openLocalCertificate(directory, {
    clock: SYSTEM_CLOCK,
    pollIntervalMs: 60_000,
    signal: ended.signal,
    logger,
  });
  const ca = readFileSync(join(directory, "ca.crt"), "utf8");
  const observed: ObservedResponse[] = [];
  const rejections: RejectionReason[] = [];
  const metrics = createMetrics({ certificateExpiryMs: () => certificates.current()?.expiresAtMs });
  const server = await startServer({
    listen: LOOPBACK,
    adminListen: LOOPBACK,
    source: options.source ?? EMPTY_SOURCE,
    certificates,
    clients: options.clients,
    checks: options.checks ?? [],
    onResponse: (answer) => {
      observed.push(answer);
      metrics.countResponse(answer);
    },
    onRejection: (reason) => rejections.push(reason),
    metrics,
    version: "1.2.3",
    logger,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
  });
  const agent = new Agent({ keepAlive: true, ca, maxSockets: 8 });
  return {
    server,
    ca,
    agent,
    observed,
    rejections,
    log,
    linesOf: (message) => linesOf(log(), message),
    call: (call) => send(agent, server.address.port, call),
    stop: async () => {
      agent.destroy();
      await server.drain(0);
      ended.abort();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Metrics of their own, of a source with three credentials. */
export function createMetrics(options: Partial<PullringMetricsOptions> = {}): PullringMetrics {
  return new PullringMetrics({
    version: "1.2.3",
    rejectionReasons: Object.keys(REJECTION_REASONS),
    watchedResources: ["secrets", "serviceaccounts"],
    credentialSecrets: () => 3,
    invalidSecrets: () => 1,
    credentialFindings: () => new Map([["void-entry", 2]]),
    certificateExpiryMs: () => undefined,
    ...options,
  });
}

export function collectLog(level: string): {
  readonly logger: ReturnType<typeof createLogger>;
  readonly log: () => string;
} {
  const chunks: string[] = [];
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk.toString());
      done();
    },
  });
  return { logger: createLogger({ level, version: "1.2.3", destination }), log: () => chunks.join("") };
}

export function linesOf(log: string, message: string): readonly Record<string, unknown>[] {
  return log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => msg === message);
}

/** Sends one request over verified HTTPS; a POST of JSON to the webhook unless told otherwise. */
export function send(agent: Agent, port: number, call: Call): Promise<Answer> {
  const { host = "127.0.0.1", method = "POST", path = "/mutate?timeout=3s", body } = call;
  const isChunked = call.headers?.["Transfer-Encoding"] !== undefined;
  const headers = {
    "Content-Type": "application/json",
    ...(body !== undefined && !isChunked && { "Content-Length": String(Buffer.byteLength(body)) }),
    ...call.headers,
  };
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host, port, method, path, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Starts a server that stops with its test. */
export async function startFor(context: TestContext, options: TestServerOptions = {}): Promise<TestServer> {
  const server = await startTestServer(options);
  context.after(server.stop);
  return server;
}

/** The webhook port alone, which gets its certificates from the test. */
export interface BareServer {
  readonly address: ListenAddress;
  readonly log: () => string;
  publish(pair: IssuedCertificate): void;
}

/** Starts one that ends with its test. */
export async function startBare(
  context: TestContext,
  options: { readonly listen?: ListenAddress; readonly clients?: ClientPolicy } = {},
): Promise<BareServer> {
  const listeners: ((pair: CertificatePair) => void)[] = [];
  const { logger, log } = collectLog("info");
  const { address, close } = await startWebhookServer({
    listen: LOOPBACK,
    certificates: { current: () => undefined, onChange: (listener) => listeners.push(listener) },
    reviews: { handle: async ({ body }) => body },
    onRejection: () => undefined,
    limits: DEFAULT_LIMITS,
    logger,
    ...options,
  });
  context.after(close);
  const publish = (pair: IssuedCertificate): void => {
    for (const listener of listeners) listener({ ...pair, expiresAtMs: 0 });
  };
  return { address, log, publish };
}

/** Calls the admin port. */
export async function admin({ server }: TestServer, path: string, method = "GET"): Promise<Answer> {
  const { host, port } = server.adminAddress;
  const response = await fetch(`http://${host}:${port}${path}`, { method });
  const headers = Object.fromEntries(response.headers);
  return { status: response.status, headers, text: await response.text() };
}
