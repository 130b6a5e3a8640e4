/** Logs how one part gets on with the API server: a reason when it is new, and once that it is over. */
import type { Logger } from "../../telemetry/logger.ts";
import { ApiServerError, describeAccessRule, describeError } from "../api/api-server-error.ts";

/** The condition of one part. */
export class ErrorLog {
  readonly #logger: Logger;
  readonly #messages: { readonly failed: string; readonly recovered: string };
  /** Why the last attempt failed; undefined when it did not. */
  reason: string | undefined;
  /** Whether a person has to grant a right: everything else passes. */
  isRightMissing = false;

  constructor(logger: Logger, messages: { readonly failed: string; readonly recovered: string }) {
    this.#logger = logger;
    this.#messages = messages;
  }

  /** Notes a failed attempt; a reason like the one before is logged at debug only. */
  noteFailure(error: unknown, fields: Readonly<Record<string, unknown>>): void {
    const reason = describeError(error);
    const rule = error instanceof ApiServerError ? error.missingRule : undefined;
    const isNew = reason !== this.reason;
    this.reason = reason;
    this.isRightMissing = rule !== undefined;
    if (rule === undefined) {
      this.#logger[isNew ? "warn" : "debug"]({ ...fields, reason }, this.#messages.failed);
    } else {
      const missing = { verb: rule.verb, rule: describeAccessRule(rule) };
      this.#logger[isNew ? "error" : "debug"](missing, "Lacked a right at the API server");
    }
  }

  /** Notes an attempt that succeeded. */
  noteSuccess(): void {
    if (this.reason === undefined) return;
    this.reason = undefined;
    this.isRightMissing = false;
    this.#logger.info(this.#messages.recovered);
  }
}
