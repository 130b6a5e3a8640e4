/** Logs how one part gets on with the API server: a reason when it is new, and once that it is over. */
import type { Logger } from "../../telemetry/logger.ts";
import { describeAccessRule } from "../api/access-rule.ts";
import { ApiServerError, describeError } from "../api/api-server-error.ts";

/** What an {@link ErrorLog} is made with. */
export interface ErrorLogOptions {
  readonly logger: Logger;
  /** Messages of the log. */
  readonly failed: string;
  readonly recovered: string;
}

/** The condition of one part. */
export class ErrorLog {
  readonly #options: ErrorLogOptions;
  #reason: string | undefined;
  #isRightMissing = false;

  constructor(options: ErrorLogOptions) {
    this.#options = options;
  }

  /** Why the last attempt failed; undefined when it did not. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Whether a person has to grant a right: everything else passes. */
  get isRightMissing(): boolean {
    return this.#isRightMissing;
  }

  /** Notes a failed attempt; a reason like the one before is logged at debug only. */
  noteFailure(error: unknown, fields: Readonly<Record<string, unknown>>): void {
    const { logger, failed } = this.#options;
    const reason = describeError(error);
    const rule = error instanceof ApiServerError ? error.missingRule : undefined;
    const isNew = reason !== this.#reason;
    this.#reason = reason;
    this.#isRightMissing = rule !== undefined;
    if (rule === undefined) {
      logger[isNew ? "warn" : "debug"]({ ...fields, reason }, failed);
    } else {
      const missing = { verb: rule.verb, rule: describeAccessRule(rule) };
      logger[isNew ? "error" : "debug"](missing, "Lacked a right at the API server");
    }
  }

  /** Notes an attempt that succeeded. */
  noteSuccess(): void {
    if (this.#reason !== undefined) {
      this.#reason = undefined;
      this.#isRightMissing = false;
      this.#options.logger.info(this.#options.recovered);
    }
  }
}
