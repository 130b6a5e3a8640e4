/** The error of a request that gets no review as its response. */
import { AppError } from "../core/app-error.ts";

/** A request that cannot be answered with a review, or not now. The client is sent the message. */
export class BadRequestError extends AppError {
  /** HTTP status, 400 or above. */
  readonly status: number;

  constructor(status: number, message: string) {
    super("ERR_BAD_REQUEST", message);
    this.status = status;
  }
}
