/** The values that rotation is about, read and verified beforehand. Types and order only: no cryptography, no clock. */

/** The certificate of an authority, or whatever else stands in a bundle of trusted certificates. */
export interface CaCertificate {
  /** PEM of this certificate alone. */
  readonly pem: string;
  /** SHA-256 of the certificate: its identity. */
  readonly fingerprint: string;
  /** When it was made; a successor's is always greater. Milliseconds since 1970, as all times here. */
  readonly createdAtMs: number;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Whether it has the name of an authority of pullring. */
  readonly isOurs: boolean;
}

/** An authority that can sign. */
export interface Authority {
  readonly certificate: CaCertificate;
  /** PEM. Secret. */
  readonly key: string;
}

/** A certificate that can be served: it belongs to its key, names our Service and was signed by `issuer`. */
export interface Leaf {
  /** PEM. */
  readonly cert: string;
  /** PEM. Secret. */
  readonly key: string;
  readonly fingerprint: string;
  /** Fingerprint of the authority that signed it. */
  readonly issuer: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** What the replicas share. Everything may be missing. */
export interface TrustState {
  readonly authority: Authority | undefined;
  /** All certificates that belong into the caBundle; the authority's own is one of them. */
  readonly trusted: readonly CaCertificate[];
  readonly leaf: Leaf | undefined;
}

/** Nothing known. */
export const EMPTY_STATE: TrustState = { authority: undefined, trusted: [], leaf: undefined };

/** Tells whether it is neither too early nor too late for a certificate. */
export function isCurrent(
  certificate: { readonly notBeforeMs: number; readonly notAfterMs: number },
  nowMs: number,
): boolean {
  return certificate.notBeforeMs <= nowMs && nowMs < certificate.notAfterMs;
}

/** Newest first; the fingerprint makes it the same order for everybody. */
export function compareAge(one: CaCertificate, other: CaCertificate): number {
  return other.createdAtMs - one.createdAtMs || (one.fingerprint < other.fingerprint ? -1 : 1);
}

/** Tells whether two states are the same for everybody who uses them, however they are written down. */
export function isSameState(one: TrustState, other: TrustState): boolean {
  return (
    one.authority?.certificate.fingerprint === other.authority?.certificate.fingerprint &&
    one.leaf?.fingerprint === other.leaf?.fingerprint &&
    isSameTrust(one.trusted, other.trusted)
  );
}

/** Tells whether two bundles trust the same certificates, in whatever order. */
export function isSameTrust(one: readonly CaCertificate[], other: readonly CaCertificate[]): boolean {
  const wanted = new Set(one.map(({ fingerprint }) => fingerprint));
  const found = new Set(other.map(({ fingerprint }) => fingerprint));
  return wanted.size === found.size && [...wanted].every((fingerprint) => found.has(fingerprint));
}
