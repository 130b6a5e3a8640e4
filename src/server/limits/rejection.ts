/** What is rejected: clients before a review of them is read, with the log of that, and requests that are no review. */
import { AppError } from "../../core/app-error.ts";
import type { Clock } from "../../telemetry/clock.ts";
import type { Logger } from "../../telemetry/logger.ts";

/** Each reason to reject a client, in words for the log; metrics have the same. */
export const REJECTION_REASONS = {
  "no-certificate": "the client showed no certificate although --client-ca-file demands one",
  "untrusted-certificate":
    "the client's certificate was not issued, for clients and for now, by a CA of --client-ca-file",
  "name-not-allowed": "the client's certificate has none of the names of --client-allowed-names",
  "connection-limit": "all connections were taken, and this one had sent no request or was idle",
  "body-memory-limit": "too many bytes or values of bodies were under way",
  "body-timeout": "the body was not whole in time",
} as const;

/** @see REJECTION_REASONS */
export type RejectionReason = keyof typeof REJECTION_REASONS;

/** Called with each client that is rejected; must be quick and must not throw. */
export type RejectionObserver = (reason: RejectionReason) => void;

/** How long a reason is logged at debug after it was logged as a warning, in milliseconds: clients can try again as fast as they like. */
const QUIET_MS = 60_000;

/** Gives an observer that calls `onRejection` and logs, each reason as a warning once a minute and else at debug. */
export function logRejections(
  onRejection: RejectionObserver,
  logger: Logger,
  clock: Pick<Clock, "elapsed">,
): RejectionObserver {
  const warnedAtMs = new Map<RejectionReason, number>();
  return (reason) => {
    onRejection(reason);
    const nowMs = clock.elapsed();
    const isQuiet = nowMs - (warnedAtMs.get(reason) ?? Number.NEGATIVE_INFINITY) < QUIET_MS;
    if (!isQuiet) warnedAtMs.set(reason, nowMs);
    const fields = { reason, explanation: REJECTION_REASONS[reason] };
    logger[isQuiet ? "debug" : "warn"](fields, "Rejected a client");
  };
}

/** A request that cannot be answered with a review, or not now. The client is sent the message. */
export class BadRequestError extends AppError {
  /** HTTP status, 400 or above. */
  readonly status: number;

  constructor(status: number, message: string) {
    super("ERR_BAD_REQUEST", message);
    this.status = status;
  }
}
