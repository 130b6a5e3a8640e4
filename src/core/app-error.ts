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

/** Wrong options or manifests, everything that is wrong at once. The command ends with exit status 2. */
export class ConfigError extends AppError {
  /** Each as one line; never empty. */
  readonly errors: readonly string[];

  constructor(errors: readonly string[], options?: { readonly cause?: unknown }) {
    super("ERR_CONFIG", errors.join("; "), options);
    this.errors = errors;
  }
}
