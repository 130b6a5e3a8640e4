/** Tells how live looks fare: in the log when that changes, and what a person should mend. It looks at nothing itself. */
import type { Logger } from "../../telemetry/logger.ts";
import { describeAccessRule } from "../api/access-rule.ts";
import { ApiServerError, describeError } from "../api/api-server-error.ts";

/** What became of the looks so far. */
export class LiveReadStatus {
  readonly #logger: Logger;
  /** Why the last look failed; undefined when it did not. */
  #failure: string | undefined;
  #isRightMissing = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** What keeps looks from working until a person mends it, a missing right; undefined when nothing does. */
  get problem(): string | undefined {
    return this.#isRightMissing ? `live looks not possible (${this.#failure})` : undefined;
  }

  /** Takes notice of a look at `namespace` that failed; a failure like the one before is told at debug only. */
  failed(namespace: string, error: unknown): void {
    const reason = describeError(error);
    const rule = error instanceof ApiServerError ? error.missingRule : undefined;
    const isNew = reason !== this.#failure;
    this.#failure = reason;
    this.#isRightMissing = rule !== undefined;
    if (rule === undefined) {
      this.#logger[isNew ? "warn" : "debug"]({ namespace, reason }, "Failed to look at a namespace");
    } else {
      const fields = { verb: rule.verb, rule: describeAccessRule(rule) };
      this.#logger[isNew ? "error" : "debug"](fields, "Lacked a right at the API server");
    }
  }

  /** Takes notice of a look that succeeded. */
  succeeded(): void {
    if (this.#failure !== undefined) {
      this.#failure = undefined;
      this.#isRightMissing = false;
      this.#logger.info("Regained live looks");
    }
  }
}
