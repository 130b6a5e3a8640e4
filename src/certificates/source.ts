/** The port through which the server gets the certificate that it serves. */

/** A certificate with its key, checked: they belong together and TLS accepts them. */
export interface CertificatePair {
  /** PEM, the leaf first, then the intermediate CAs. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** End of the leaf, in milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** Gives the certificate to serve. A broken pair never replaces a working one. */
export interface CertificateSource {
  /** The pair to serve now; undefined until there is one. */
  current(): CertificatePair | undefined;
  /** Calls `listener` with each pair that follows the current one. */
  onChange(listener: (pair: CertificatePair) => void): void;
}
