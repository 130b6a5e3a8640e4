/** The HTTPS server of the webhook: TLS, limits, the way of a request to the hot path or to express, and an end that loses nothing. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { SecureContextOptions } from "node:tls";
import type { Logger } from "../telemetry/logger.ts";
import type { CertificatePair, CertificateSource } from "./certificate-source.ts";
import { formatAddress, type ListenAddress, listen } from "./listen.ts";
import { handleMutate, isMutateCall } from "./mutate-handler.ts";
import type { ReviewAnswerer } from "./review-answerer.ts";
import type { ServerLimits } from "./server-limits.ts";
import { createWebhookApp } from "./webhook-app.ts";

/** What the webhook server is made of. */
export interface WebhookServerParts {
  readonly listen: ListenAddress;
  readonly certificates: CertificateSource;
  readonly answer: ReviewAnswerer;
  readonly limits: ServerLimits;
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
  const server = createServer(serverOptions(certificates.current(), limits));
  server.maxConnections = limits.maxConnections;
  server.timeout = limits.silenceTimeoutMs;
  certificates.onChange((pair) => {
    server.setSecureContext(secureContext(pair));
    logger.info({ notAfter: new Date(pair.expiresAtMs).toISOString() }, "Changed the served certificate");
  });
  const sockets = trackSockets(server);
  let isDraining = false;
  const dispatch = createDispatch(parts);
  server.on("request", (request, response) => {
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
    close: () => close(server, sockets, limits.closeTimeoutMs),
  };
}

function serverOptions(
  pair: CertificatePair | undefined,
  limits: ServerLimits,
): Parameters<typeof createServer>[0] {
  return {
    ...(pair !== undefined && secureContext(pair)),
    minVersion: "TLSv1.2",
    handshakeTimeout: limits.handshakeTimeoutMs,
    maxHeaderSize: limits.maxHeaderBytes,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
  };
}

/** A new context replaces all options of the one before, the lowest version too. */
function secureContext({ cert, key }: CertificatePair): SecureContextOptions {
  return { cert, key, minVersion: "TLSv1.2" };
}

function createDispatch(
  parts: WebhookServerParts,
): (request: IncomingMessage, response: ServerResponse) => void {
  const app = createWebhookApp(parts.logger);
  const mutate = { answer: parts.answer, maxBodyBytes: parts.limits.maxBodyBytes, logger: parts.logger };
  return (request, response) => {
    if (isMutateCall(request)) {
      void handleMutate(request, response, mutate);
    } else {
      app(request, response);
    }
  };
}

/** Connections that are still in their handshake belong to no request, and Node's own lists do not have them. */
function trackSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return sockets;
}

async function close(server: Server, sockets: ReadonlySet<Socket>, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const watchdog = new AbortController();
  const timedOut = sleep(timeoutMs, undefined, { signal: watchdog.signal, ref: false }).then(
    () => {
      for (const socket of sockets) {
        socket.destroy();
      }
    },
    () => undefined,
  );
  await closed;
  watchdog.abort();
  await timedOut;
}
