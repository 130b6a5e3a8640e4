/** Starts both ports, the webhook and the admin one, and ends them together. It parses no option and catches no signal. */
import { createServer, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { CertificateSource } from "../certificates/source.ts";
import type { Logger } from "../telemetry/logger.ts";
import { createAdminApp } from "./admin/admin-app.ts";
import type { HealthCheck } from "./admin/readiness.ts";
import type { CredentialSource, ResponseObserver } from "./admission/ports.ts";
import { ReviewHandler } from "./admission/review-handler.ts";
import type { ClientPolicy } from "./client-auth/client-certificates.ts";
import { startWebhookServer, type WebhookServer } from "./https-server.ts";
import type { RejectionObserver } from "./limits/rejection.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "./limits/server-limits.ts";
import { formatAddress, type ListenAddress, listen } from "./listen.ts";

/** What a server is made of. */
export interface ServerParts {
  readonly listen: ListenAddress;
  readonly adminListen: ListenAddress;
  readonly source: CredentialSource;
  readonly certificates: CertificateSource;
  /** Which clients the webhook lets in; undefined lets in whoever reaches its port. */
  readonly clients?: ClientPolicy | undefined;
  /** Conditions of readiness besides a certificate and not draining, which are added here. */
  readonly checks: readonly HealthCheck[];
  readonly onResponse: ResponseObserver;
  readonly onRejection: RejectionObserver;
  /** Gives all metrics in the Prometheus text format. */
  readonly renderMetrics: () => string;
  readonly version: string;
  /** Root log; the parts name themselves. */
  readonly logger: Logger;
  /** Defaults to those of production. */
  readonly limits?: ServerLimits;
}

/** A server that listens on both ports. */
export interface RunningServer {
  /** With the ports in use. */
  readonly address: ListenAddress;
  readonly adminAddress: ListenAddress;
  /**
   * Ends without losing a request: not ready at once, serving with `Connection: close` for `graceMs` while the endpoints move,
   * then closed. A second call ends with the first.
   * @param graceMs milliseconds, 0 to close at once
   */
  drain(graceMs: number): Promise<void>;
}

/**
 * Starts to listen on both ports.
 * @throws AppError ERR_LISTEN when an address cannot be had; nothing listens then
 */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  let isDraining = false;
  const checks: readonly HealthCheck[] = [
    { name: "drain", check: () => (isDraining ? "this process is ending" : undefined) },
    {
      name: "certificate",
      check: () => (parts.certificates.current() === undefined ? "no certificate yet" : undefined),
    },
    ...parts.checks,
  ];
  const adminLogger = parts.logger.child({ logger: "admin" });
  const { version, renderMetrics } = parts;
  const admin = createServer(createAdminApp({ checks, version, renderMetrics, logger: adminLogger }));
  const adminAddress = await listen(admin, parts.adminListen);
  const webhook = await startWebhook(parts, admin);
  adminLogger.info({ address: formatAddress(adminAddress) }, "Listening");
  let ended: Promise<void> | undefined;
  const end = async (graceMs: number): Promise<void> => {
    isDraining = true;
    webhook.startDraining();
    await sleep(graceMs);
    await webhook.close();
    await closeAdmin(admin);
  };
  return {
    address: webhook.address,
    adminAddress,
    drain: (graceMs) => {
      ended ??= end(graceMs);
      return ended;
    },
  };
}

async function startWebhook(parts: ServerParts, admin: Server): Promise<WebhookServer> {
  const logger = parts.logger.child({ logger: "webhook" });
  const { source, onResponse, onRejection, certificates, clients, limits = DEFAULT_LIMITS } = parts;
  const reviews = new ReviewHandler({ source, onResponse, logger });
  try {
    return await startWebhookServer({
      ...{ listen: parts.listen, certificates, clients, onRejection },
      ...{ reviews, limits, logger },
    });
  } catch (error) {
    await closeAdmin(admin);
    throw error;
  }
}

function closeAdmin(admin: Server): Promise<void> {
  return new Promise((resolve) => {
    admin.close(() => resolve());
    admin.closeAllConnections();
  });
}
