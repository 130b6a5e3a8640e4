/** Reads and writes several certificates in one PEM text: the Secret's `ca.crt` and the caBundle. It trusts and orders nothing. */
import { X509Certificate } from "node:crypto";
import { BACKDATE_MS, MANAGED_CA_NAME } from "./issue.ts";

/** A CA certificate, or whatever else stands in a bundle of trusted certificates. */
export interface CaCertificate {
  /** PEM of this certificate alone. */
  readonly pem: string;
  /** SHA-256 of the certificate: its identity. */
  readonly fingerprint: string;
  /** When it was made, if it is ours. Milliseconds since 1970, as all times here. */
  readonly createdAtMs: number;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Whether it has the name of a managed CA. */
  readonly isOurs: boolean;
}

/** What stands around a certificate is a comment: RFC 7468, section 2. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Gives the PEM of each certificate in `text`, unread. */
export function splitPem(text: string): readonly string[] {
  return text.match(CERTIFICATE) ?? [];
}

/** Gives the certificates that can be read in `text`, each once; what is not a certificate is ignored. */
export function parseBundle(text: string): readonly CaCertificate[] {
  const found = splitPem(text).flatMap((pem) => parseOne(pem) ?? []);
  return [...new Map(found.map((certificate) => [certificate.fingerprint, certificate])).values()];
}

/** PEM of all of them, in their order, each with a line break at its end. */
export function formatBundle(certificates: readonly CaCertificate[]): string {
  return certificates.map(({ pem }) => pem).join("");
}

function parseOne(pem: string): CaCertificate | undefined {
  try {
    const certificate = new X509Certificate(pem);
    const notBeforeMs = Date.parse(certificate.validFrom);
    return {
      pem: `${certificate.toString().trim()}\n`,
      fingerprint: certificate.fingerprint256,
      createdAtMs: notBeforeMs + BACKDATE_MS,
      notBeforeMs,
      notAfterMs: Date.parse(certificate.validTo),
      isOurs: certificate.ca && MANAGED_CA_NAME.test(certificate.subject),
    };
  } catch {
    return undefined;
  }
}
