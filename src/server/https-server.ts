/** The HTTPS server of the webhook: TLS, limits, the way of a request to the hot path or to express, and an end that loses nothing. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { SecureContextOptions, TLSSocket } from "node:tls";
import type { CertificatePair, CertificateSource } from "../certificates/source.ts";
import type { Logger } from "../telemetry/logger.ts";
import { handleMutate, isMutateCall } from "./admission/mutate-handler.ts";
import type { ReviewHandler } from "./admission/review-handler.ts";
import { ClientCertificates, type ClientPolicy } from "./client-auth/client-certificates.ts";
import { BodyMemoryLimit } from "./limits/body-limiter.ts";
import { ConnectionLimiter } from "./limits/connection-limiter.ts";
import type { RejectionObserver } from "./limits/rejection.ts";
import { logRejections } from "./limits/rejection-log.ts";
import type { ServerLimits } from "./limits/server-limits.ts";
import { formatAddress, type ListenAddress, listen } from "./listen.ts";
import { createWebhookApp } from "./routes.ts";

/** What the webhook server is made of. */
export interface WebhookServerParts {
  readonly listen: ListenAddress;
  readonly certificates: CertificateSource;
  readonly reviews: Pick<ReviewHandler, "handle">;
  readonly limits: ServerLimits;
  /** undefined lets in whoever reaches the port. */
  readonly clients?: ClientPolicy | undefined;
  readonly onRejection: RejectionObserver;
  readonly logger: Logger;
}

/** A webhook server that listens. */
export interface WebhookServer {
  /** With the port in use. */
  readonly address: ListenAddress;
  /** Asks clients, from now on, to close their connection after the next answer. */
  startDraining(): void;
  /** Stops listening, lets answers under way end within `closeTimeoutMs`, and closes every connection. */
  close(): Promise<void>;
}

/**
 * Starts the server. Without a certificate it listens all the same and refuses handshakes until there is one.
 * @throws AppError ERR_LISTEN when the address cannot be had
 */
export async function startWebhookServer(parts: WebhookServerParts): Promise<WebhookServer> {
  const { certificates, limits, logger } = parts;
  const onRejection = logRejections(logger, parts.onRejection);
  const gate = parts.clients && new ClientCertificates({ ...limits, ...parts.clients, onRejection });
  const server = createServer(serverOptions(certificates.current(), limits, gate));
  server.timeout = limits.silenceTimeoutMs;
  certificates.onChange((pair) => {
    server.setSecureContext(secureContext(pair, gate));
    logger.info({ notAfter: new Date(pair.expiresAtMs).toISOString() }, "Changed the served certificate");
  });
  followClients({ server, parts, gate });
  const room = new ConnectionLimiter(limits.maxConnections, onRejection);
  room.watch(server);
  let isDraining = false;
  const dispatch = createDispatch(parts, { gate, onRejection });
  server.on("request", (request, response) => {
    room.note(request, response);
    if (isDraining) {
      response.setHeader("Connection", "close");
    }
    dispatch(request, response);
  });
  server.on("tlsClientError", (error) => logger.debug({ err: error }, "Lost a TLS handshake"));
  const address = await listen(server, parts.listen);
  logger.info({ address: formatAddress(address) }, "Listening");
  return {
    address,
    startDraining: () => {
      isDraining = true;
    },
    close: () => close(server, room, limits.closeTimeoutMs),
  };
}

function serverOptions(
  pair: CertificatePair | undefined,
  limits: ServerLimits,
  gate: ClientCertificates | undefined,
): Parameters<typeof createServer>[0] {
  return {
    ...(pair !== undefined && secureContext(pair, gate)),
    minVersion: "TLSv1.2",
    requestCert: gate !== undefined,
    rejectUnauthorized: false,
    handshakeTimeout: limits.handshakeTimeoutMs,
    maxHeaderSize: limits.maxHeaderBytes,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
  };
}

/** A new context replaces all options of the one before, the lowest version and the authorities of clients too. */
function secureContext(
  { cert, key }: CertificatePair,
  gate: ClientCertificates | undefined,
): SecureContextOptions {
  return { cert, key, minVersion: "TLSv1.2", ...gate?.contextOptions() };
}

/** Judges each connection, and asks for certificates of the new authorities when they change. */
function followClients({ server, parts, gate }: GatedServer): void {
  if (gate === undefined) {
    return;
  }
  server.on("secureConnection", (socket: TLSSocket) => gate.judge(socket));
  parts.clients?.authority.onChange(() => {
    const pair = parts.certificates.current();
    if (pair !== undefined) {
      server.setSecureContext(secureContext(pair, gate));
    }
    parts.logger.info("Changed the authorities of clients");
  });
}

interface GatedServer {
  readonly server: Server;
  readonly parts: WebhookServerParts;
  readonly gate: ClientCertificates | undefined;
}

function createDispatch(
  parts: WebhookServerParts,
  {
    gate,
    onRejection,
  }: { readonly gate: ClientCertificates | undefined; readonly onRejection: RejectionObserver },
): (request: IncomingMessage, response: ServerResponse) => void {
  const app = createWebhookApp(parts.logger);
  const { maxBodyBytes, maxBodiesBytes, bodyTimeoutMs } = parts.limits;
  const budget = new BodyMemoryLimit({ maxBytes: maxBodiesBytes, timeoutMs: bodyTimeoutMs, onRejection });
  const mutate = { reviews: parts.reviews, maxBodyBytes, budget, logger: parts.logger };
  const dispatch = (request: IncomingMessage, response: ServerResponse): void => {
    if (isMutateCall(request)) {
      void handleMutate(request, response, mutate);
    } else {
      app(request, response);
    }
  };
  return gate === undefined ? dispatch : gate.guard(dispatch);
}

async function close(server: Server, room: ConnectionLimiter, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const watchdog = new AbortController();
  const timedOut = sleep(timeoutMs, undefined, { signal: watchdog.signal, ref: false }).then(
    () => room.destroyAll(),
    () => undefined,
  );
  await closed;
  watchdog.abort();
  await timedOut;
}
