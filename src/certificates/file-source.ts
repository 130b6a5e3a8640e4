/**
 * The certificate source `files`: a certificate and a key that somebody else writes and renews, cert-manager for example.
 * Messages name files, never what is in them.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { CertificateError, followContent, type PollOptions, parseFor, readText } from "./followed-file.ts";
import type { CertificatePair, CertificateSource } from "./source.ts";

/** Where the two files are. */
export interface CertificateFiles {
  readonly certPath: string;
  readonly keyPath: string;
}

/** Is logged when a poll finds no good pair. */
export const KEPT_MESSAGE = "Kept the last good certificate";

/**
 * Reads the pair and follows its changes.
 * @throws CertificateError when the pair cannot be served at the start
 */
export function openFileCertificate(files: CertificateFiles, options: PollOptions): Promise<CertificateSource> {
  return followContent(() => readPair(files, options.clock.now()), KEPT_MESSAGE, options);
}

/**
 * Reads a pair and checks that it parses, belongs together, has not ended at `nowMs` and is taken by TLS.
 * @param nowMs milliseconds since 1970
 * @throws CertificateError naming the file and the remedy
 */
export async function readPair({ certPath, keyPath }: CertificateFiles, nowMs: number): Promise<CertificatePair> {
  const [cert, key] = [await readText(certPath), await readText(keyPath)];
  const leaf = parseCertificate(cert, certPath);
  const noKey = `file ${keyPath} holds no PEM private key without passphrase; write one`;
  if (!leaf.checkPrivateKey(parseFor(keyPath, noKey, () => createPrivateKey(key)))) {
    const message = `key ${keyPath} does not belong to certificate ${certPath}; write both of the same issue, the leaf first`;
    throw new CertificateError(keyPath, message);
  }
  const expiresAtMs = Date.parse(leaf.validTo);
  if (!(expiresAtMs > nowMs)) {
    throw new CertificateError(certPath, `certificate ${certPath} ended at ${leaf.validTo}; renew it`);
  }
  const refused = `certificate ${certPath} and key ${keyPath} are refused by TLS; use a P-256 key or RSA of 2048 bits, and PEM throughout`;
  parseFor(certPath, refused, () => createSecureContext({ cert, key }));
  return { cert, key, expiresAtMs };
}

/** @throws CertificateError when there is no certificate in `pem` */
export function parseCertificate(pem: string, path: string): X509Certificate {
  const message = `file ${path} holds no PEM certificate; write one, the leaf first`;
  return parseFor(path, message, () => new X509Certificate(pem));
}
