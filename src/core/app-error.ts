/** The errors that pullring raises on purpose. Their messages are written by us and never hold anything of a Secret or a body. */

/** An error with a stable code. Its message is one line that a person can act on and that a log may hold. */
export class AppError extends Error {
  /** Stable, for programs: `ERR_` and capitals. */
  readonly code: string;

  /**
   * @param message what was wrong with which value, a lower-case noun phrase
   * @param options the lower error that led here, if any; it is never shown to a client
   */
  constructor(code: string, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Wrong options or manifests, all faults at once. The command ends with exit status 2. */
export class ConfigError extends AppError {
  /** Each fault as one line; never empty. */
  readonly faults: readonly string[];

  constructor(faults: readonly string[], options?: { readonly cause?: unknown }) {
    super("ERR_CONFIG", faults.join("; "), options);
    this.faults = faults;
  }
}

/** A request that cannot be answered with a review, or not now. The message is told to the client. */
export class BadRequestError extends AppError {
  /** HTTP status, 400 or above. */
  readonly status: number;

  constructor(status: number, message: string) {
    super("ERR_BAD_REQUEST", message);
    this.status = status;
  }
}

/** A certificate or key that cannot be used. */
export class CertificateError extends AppError {
  /** The file at fault. */
  readonly path: string;

  constructor(path: string, message: string, options?: { readonly cause?: unknown }) {
    super("ERR_CERTIFICATE", message, options);
    this.path = path;
  }
}
