/** The error of a certificate or key file that cannot be used. */
import { AppError } from "../core/app-error.ts";

/** A certificate or key that cannot be used. */
export class CertificateError extends AppError {
  /** The file that has to be changed. */
  readonly path: string;

  constructor(path: string, message: string, options?: { readonly cause?: unknown }) {
    super("ERR_CERTIFICATE", message, options);
    this.path = path;
  }
}
