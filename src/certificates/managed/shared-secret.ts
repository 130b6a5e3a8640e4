/** The port to the Secret that all replicas share. */

/** One reading of the Secret. */
export interface SharedSecretContent {
  /** Decoded values by key; empty when the Secret has none. */
  readonly data: Readonly<Record<string, string>>;
  /** For {@link SharedSecret.replace}. */
  readonly resourceVersion: string;
  /**
   * The clock of the API server, in milliseconds since 1970; undefined when it did not tell. It is the clock that judges
   * certificates, so it goes before our own.
   */
  readonly serverTimeMs: number | undefined;
}

/** A Secret that can be read and replaced, but not created. Errors have messages that may be shown. */
export interface SharedSecret {
  /** As people know it: `Secret pullring/pullring-tls`. */
  readonly name: string;
  /** undefined when there is no such Secret. Never an older state than one that was acknowledged before the call. */
  read(): Promise<SharedSecretContent | undefined>;
  /** Sets these keys and keeps all others; `conflict` when the Secret changed since, or is gone. */
  replace(data: Readonly<Record<string, string>>, resourceVersion: string): Promise<"written" | "conflict">;
}
