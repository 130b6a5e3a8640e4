/**
 * Reads and writes several certificates in one PEM text: the caBundle, and the shared Secret with `ca.crt` for all trusted CAs and
 * `ca.key` for the keys of those that can sign. What does not verify is treated as not there. It trusts and orders nothing, and
 * nothing of a key is ever in an error.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
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

/** A trusted CA. */
export interface Ca extends CaCertificate {
  /** PEM. Secret. undefined when it is not known: then the CA is trusted but cannot sign. */
  readonly key: string | undefined;
}

/** What stands around a certificate is a comment: RFC 7468, section 2. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN PRIVATE KEY-----[^-]*-----END PRIVATE KEY-----/g;

/** Gives the PEM of each certificate in `text`, unread. */
export function splitPem(text: string): readonly string[] {
  return text.match(CERTIFICATE) ?? [];
}

/** Gives the certificates that can be read in `text`, each once; what is not a certificate is ignored. */
export function parseBundle(text: string): readonly CaCertificate[] {
  const found = splitPem(text).flatMap((pem) => orNone(() => parseOne(pem)));
  return [...new Map(found.map((certificate) => [certificate.fingerprint, certificate])).values()];
}

/** PEM of all of them, in their order, each with a line break at its end. */
export function formatBundle(certificates: readonly CaCertificate[]): string {
  return certificates.map(({ pem }) => pem).join("");
}

/** Reads and verifies the content of the Secret. Times are not judged here. */
export function decodeSecret(data: Readonly<Record<string, string>>): readonly Ca[] {
  const keys = (data["ca.key"]?.match(PRIVATE_KEY) ?? []).flatMap((pem) => orNone(() => createPrivateKey(pem)));
  return parseBundle(data["ca.crt"] ?? "").map((certificate) => {
    const key = keys.find((candidate) => canSign(certificate, candidate));
    return { ...certificate, key: key?.export({ type: "pkcs8", format: "pem" }).toString() };
  });
}

/** The keys of the Secret that are ours, with the CAs in their order. */
export function encodeSecret(cas: readonly Ca[]): Readonly<Record<string, string>> {
  return { "ca.crt": formatBundle(cas), "ca.key": cas.map(({ key }) => key ?? "").join("") };
}

function parseOne(pem: string): CaCertificate {
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
}

function canSign({ pem, isOurs }: CaCertificate, key: KeyObject): boolean {
  const certificate = new X509Certificate(pem);
  return isOurs && certificate.checkPrivateKey(key) && certificate.verify(certificate.publicKey);
}

/** [] when there is nothing that can be parsed. */
function orNone<T>(parse: () => T): readonly T[] {
  try {
    return [parse()];
  } catch {
    return [];
  }
}
