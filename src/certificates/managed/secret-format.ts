/**
 * The content of the shared Secret: `ca.crt` with all trusted CAs, `ca.key` with the keys of those that can sign. What does not
 * verify is treated as not there. Nothing of a key is ever in an error.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { type CaCertificate, formatBundle, parseBundle } from "../pem-bundle.ts";

/** A trusted CA. */
export interface Ca extends CaCertificate {
  /** PEM. Secret. undefined when it is not known: then the CA is trusted but cannot sign. */
  readonly key: string | undefined;
}

/** Keys of the Secret that are ours; others are left alone. */
export interface SecretContent {
  readonly "ca.crt": string;
  readonly "ca.key": string;
}

const PRIVATE_KEY = /-----BEGIN PRIVATE KEY-----[^-]*-----END PRIVATE KEY-----/g;

/** Reads and verifies. Times are not judged here. */
export function decodeSecret(data: Readonly<Partial<SecretContent>>): readonly Ca[] {
  const keys = (data["ca.key"]?.match(PRIVATE_KEY) ?? []).flatMap((pem) => parseKey(pem) ?? []);
  return parseBundle(data["ca.crt"] ?? "").map((certificate) => {
    const key = keys.find((candidate) => canSign(certificate, candidate));
    return { ...certificate, key: key?.export({ type: "pkcs8", format: "pem" }).toString() };
  });
}

/** Writes them down, in their order. */
export function encodeSecret(cas: readonly Ca[]): SecretContent {
  return { "ca.crt": formatBundle(cas), "ca.key": cas.map(({ key }) => key ?? "").join("") };
}

function canSign({ pem, isOurs }: CaCertificate, key: KeyObject): boolean {
  const certificate = new X509Certificate(pem);
  return isOurs && certificate.checkPrivateKey(key) && certificate.verify(certificate.publicKey);
}

function parseKey(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyDetails?.namedCurve === "prime256v1" ? key : undefined;
  } catch {
    return undefined;
  }
}
