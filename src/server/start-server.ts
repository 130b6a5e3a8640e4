/** Starts both ports, the webhook and the admin one, and ends them together. It parses no option and catches no signal. */
import { setTimeout as sleep } from "node:timers/promises";
import type { CertificateSource } from "../certificates/source.ts";
import type { HealthCheck } from "../telemetry/health-check.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { AdminAppOptions } from "./admin-app.ts";
import type { CredentialSource, ResponseObserver } from "./admission/ports.ts";
import { ReviewHandler } from "./admission/review-handler.ts";
import type { ClientPolicy } from "./client-certificates.ts";
import { startWebhookServer } from "./https-server.ts";
import type { RejectionObserver } from "./limits/rejection.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "./limits/server-limits.ts";
import { formatAddress, type ListenAddress } from "./listen.ts";
import { startAdminServer } from "./start-admin-server.ts";

/** What a server is made of. */
export interface ServerOptions extends Pick<AdminAppOptions, "metrics" | "version"> {
  readonly listen: ListenAddress;
  readonly adminListen: ListenAddress;
  readonly source: CredentialSource;
  readonly certificates: CertificateSource;
  /** Which clients the webhook lets in; undefined lets in every client that reaches its port. */
  readonly clients?: ClientPolicy | undefined;
  /** Health of the parts, besides a certificate and not draining, which are added here. */
  readonly checks: readonly HealthCheck[];
  readonly onResponse: ResponseObserver;
  readonly onRejection: RejectionObserver;
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
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { certificates, source, onResponse, metrics, version } = options;
  const logger = options.logger.child({ logger: "webhook" });
  const adminLogger = options.logger.child({ logger: "admin" });
  let isDraining = false;
  const check = (name: string, notReady: () => string | false): HealthCheck => ({
    name,
    notReady: () => notReady() || undefined,
    problem: () => undefined,
  });
  const checks: readonly HealthCheck[] = [
    check("drain", () => isDraining && "this process is ending"),
    check("certificate", () => certificates.current() === undefined && "no certificate yet"),
    ...options.checks,
  ];
  const admin = await startAdminServer(options.adminListen, { checks, version, metrics, logger: adminLogger });
  const webhook = await startWebhookServer({
    listen: options.listen,
    certificates,
    clients: options.clients,
    reviews: new ReviewHandler({ source, onResponse, logger }),
    onRejection: options.onRejection,
    limits: options.limits ?? DEFAULT_LIMITS,
    logger,
  }).catch(async (error: unknown) => {
    await admin.close();
    throw error;
  });
  // The webhook is named first: it is what somebody waits for who reads the log of a start.
  adminLogger.info({ address: formatAddress(admin.address) }, "Listening");
  let ended: Promise<void> | undefined;
  const end = async (graceMs: number): Promise<void> => {
    isDraining = true;
    webhook.startDraining();
    await sleep(graceMs);
    await webhook.close();
    await admin.close();
  };
  return {
    address: webhook.address,
    adminAddress: admin.address,
    drain: (graceMs) => {
      ended ??= end(graceMs);
      return ended;
    },
  };
}
