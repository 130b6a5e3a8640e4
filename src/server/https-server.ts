/** The HTTPS server of the webhook: TLS, limits, client certificates, the way of a request, and an end that loses nothing. */
import { createServer } from "node:https";
import type { SecureContextOptions, TLSSocket } from "node:tls";
import type { Response } from "express";
import type { CertificatePair, CertificateSource } from "../certificates/source.ts";
import { SYSTEM_CLOCK } from "../telemetry/clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import { answerMutateCall, isMutateCall, MUTATE_PATH, OBSERVE_PATH } from "./admission/mutate-handler.ts";
import type { ReviewHandler } from "./admission/review-handler.ts";
import { ClientCertificates, type ClientPolicy } from "./client-certificates.ts";
import { createApp, sendText } from "./http-app.ts";
import { BodyMemoryLimit } from "./limits/body-limiter.ts";
import { ConnectionLimiter } from "./limits/connection-limiter.ts";
import { logRejections, type RejectionObserver } from "./limits/rejection.ts";
import type { ServerLimits } from "./limits/server-limits.ts";
import { formatAddress, type ListenAddress, listen } from "./listen.ts";

const INDEX = `pullring: adds the imagePullSecrets that a workload needs

POST ${MUTATE_PATH}    an AdmissionReview of admission.k8s.io/v1
POST ${OBSERVE_PATH}   the same, decided and reported, and nothing is changed
`;

/** What the webhook server is made of. */
export interface WebhookServerOptions {
  readonly listen: ListenAddress;
  readonly certificates: CertificateSource;
  readonly reviews: Pick<ReviewHandler, "handle">;
  readonly limits: ServerLimits;
  /** undefined lets in every client that reaches the port. */
  readonly clients?: ClientPolicy | undefined;
  readonly onRejection: RejectionObserver;
  readonly logger: Logger;
}

/** A webhook server that listens. */
export interface WebhookServer {
  /** With the port in use. */
  readonly address: ListenAddress;
  /** Asks clients, from now on, to close their connection after the next response. */
  startDraining(): void;
  /** Stops listening, lets responses under way end within `closeTimeoutMs`, and closes every connection. */
  close(): Promise<void>;
}

/**
 * Starts the server. Without a certificate it listens all the same and refuses handshakes until there is one.
 * @throws AppError ERR_LISTEN when the address cannot be had
 */
export async function startWebhookServer(options: WebhookServerOptions): Promise<WebhookServer> {
  const { certificates, clients, limits, logger, reviews } = options;
  const onRejection = logRejections(options.onRejection, logger, SYSTEM_CLOCK);
  const clientCertificates = clients && new ClientCertificates({ ...clients, ...limits, onRejection });
  const connections = new ConnectionLimiter({ ...limits, onRejection });
  const bodyMemory = new BodyMemoryLimit({ ...limits, onRejection });
  const mutate = { ...limits, reviews, bodyMemory, logger };
  const pages = { "/": (response: Response) => sendText(response, 200, INDEX) };
  const app = createApp({ pages, postPaths: [MUTATE_PATH, OBSERVE_PATH], logger });

  const server = createServer({
    ...contextFor(certificates.current(), clientCertificates),
    requestCert: clientCertificates !== undefined,
    rejectUnauthorized: false,
    handshakeTimeout: limits.handshakeTimeoutMs,
    maxHeaderSize: limits.maxHeaderBytes,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
  });
  server.timeout = limits.idleTimeoutMs;
  certificates.onChange((pair) => {
    server.setSecureContext(contextFor(pair, clientCertificates));
    logger.info({ notAfter: new Date(pair.expiresAtMs).toISOString() }, "Changed the served certificate");
  });
  clients?.ca.onChange(() => {
    server.setSecureContext(contextFor(certificates.current(), clientCertificates));
    logger.info("Changed the CAs of clients");
  });

  let isDraining = false;
  connections.watch(server);
  server.on("secureConnection", (socket: TLSSocket) => clientCertificates?.judge(socket));
  server.on("tlsClientError", (error) => logger.debug({ err: error }, "Lost a TLS handshake"));
  server.on("request", (request, response) => {
    connections.noteRequest(request, response);
    if (isDraining) response.setHeader("Connection", "close");
    if (clientCertificates !== undefined && !clientCertificates.admits(request, response)) return;
    if (isMutateCall(request)) {
      void answerMutateCall(request, response, mutate);
    } else {
      app(request, response);
    }
  });

  const address = await listen(server, options.listen);
  logger.info({ address: formatAddress(address) }, "Listening");
  return {
    address,
    startDraining: () => {
      isDraining = true;
    },
    close: async () => {
      const timer = setTimeout(() => connections.destroyAll(), limits.closeTimeoutMs);
      await new Promise((resolve) => server.close(resolve));
      clearTimeout(timer);
    },
  };
}

/** All of TLS that can change while the server runs: a new context replaces every option of the one before. */
function contextFor(
  pair: CertificatePair | undefined,
  clientCertificates: ClientCertificates | undefined,
): SecureContextOptions {
  return {
    ...(pair !== undefined && { cert: pair.cert, key: pair.key }),
    minVersion: "TLSv1.2",
    ...clientCertificates?.contextOptions(),
  };
}
