/** Puts the faults of several attempts together, so that a person sees all of them at once. */
import { AppError, ConfigError } from "../../core/app-error.ts";

/**
 * Gives each fault of the attempts that failed, in order.
 * @throws the first reason that is none of our own errors: a bug is not a wrong option
 */
export function gatherFaults(attempts: readonly PromiseSettledResult<unknown>[]): readonly string[] {
  return attempts.flatMap((attempt) => {
    if (attempt.status === "fulfilled") {
      return [];
    }
    if (attempt.reason instanceof ConfigError) {
      return attempt.reason.errors;
    }
    if (attempt.reason instanceof AppError) {
      return [attempt.reason.message];
    }
    throw attempt.reason;
  });
}
