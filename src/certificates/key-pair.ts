/** Checks that a certificate and a key can be served together. Messages name files, never what is in them. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { CertificateError } from "./certificate-error.ts";
import type { CertificatePair } from "./source.ts";

/** A pair as it was read, with the files that it came from. */
export interface UncheckedPair {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  readonly certPath: string;
  readonly keyPath: string;
}

/**
 * Checks that the pair parses, belongs together, has not ended at `nowMs` and is taken by TLS.
 * @param nowMs milliseconds since 1970
 * @throws CertificateError naming the file and the remedy
 */
export function checkPair(pair: UncheckedPair, nowMs: number): CertificatePair {
  const { cert, key, certPath, keyPath } = pair;
  const leaf = parseCertificate(cert, certPath);
  const privateKey = parseKey(key, keyPath);
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new CertificateError(
      keyPath,
      `key ${keyPath} does not belong to certificate ${certPath}; write both of the same issue, the leaf first`,
    );
  }
  const expiresAtMs = Date.parse(leaf.validTo);
  if (!(expiresAtMs > nowMs)) {
    throw new CertificateError(certPath, `certificate ${certPath} ended at ${leaf.validTo}; renew it`);
  }
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw new CertificateError(
      certPath,
      `certificate ${certPath} and key ${keyPath} are refused by TLS; use a P-256 key or RSA of 2048 bits, and PEM throughout`,
      { cause },
    );
  }
  return { cert, key, expiresAtMs };
}

/** @throws CertificateError when there is no certificate in `pem` */
export function parseCertificate(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new CertificateError(path, `file ${path} holds no PEM certificate; write one, the leaf first`, {
      cause,
    });
  }
}

function parseKey(pem: string, path: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new CertificateError(path, `file ${path} holds no PEM private key without passphrase; write one`, {
      cause,
    });
  }
}
