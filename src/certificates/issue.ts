/** Makes CAs and serving certificates with `selfsigned`, whose own defaults (SHA-1, RSA) are not good enough. It keeps nothing. */
import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import type { SelfsignedOptions } from "selfsigned";

/** A certificate and its key, both PEM; the key is secret. */
export interface IssuedCertificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate with that of the CA that signed it. */
export interface MadeCertificate extends IssuedCertificate {
  readonly caCert: string;
}

/** When a certificate is made and when it ends, in milliseconds since 1970. Certificates count whole seconds. */
export interface Lifetime {
  readonly createdAtMs: number;
  readonly endsAtMs: number;
}

/** CAs of managed certificates have names of this shape. Each has another one: OpenSSL looks issuers up by name. */
export const MANAGED_CA_NAME: RegExp = /^CN=pullring ca [0-9a-f]{16}$/;

/** Certificates are valid from an hour before they were made, for clocks that are behind. In milliseconds. */
export const BACKDATE_MS: number = 60 * 60 * 1000;

const LOCAL_VALIDITY_MS = 365 * 24 * 60 * 60 * 1000;

/** Makes a CA of managed certificates. */
export function issueManagedCa(lifetime: Lifetime): Promise<IssuedCertificate> {
  return issueCa(`pullring ca ${randomBytes(8).toString("hex")}`, lifetime);
}

/**
 * Makes a certificate for this machine that is valid for a year, and a CA for it alone, whose key is forgotten.
 * @param nowMs milliseconds since 1970
 */
export async function makeLocalCertificate(nowMs: number): Promise<MadeCertificate> {
  const lifetime = { createdAtMs: nowMs, endsAtMs: nowMs + LOCAL_VALIDITY_MS };
  const ca = await issueCa("pullring local ca", lifetime);
  const leaf = await issueLeaf(ca, ["localhost", "127.0.0.1", "::1"], lifetime);
  return { ...leaf, caCert: ca.cert };
}

/** Makes a serving certificate for `hosts`, names and addresses; the first, one at least, is its common name. */
export function issueLeaf(
  ca: IssuedCertificate,
  hosts: readonly string[],
  lifetime: Lifetime,
): Promise<IssuedCertificate> {
  const altNames = hosts.map((host) =>
    isIP(host) === 0 ? { type: 2 as const, value: host } : { type: 7 as const, ip: host },
  );
  return issue(hosts[0] ?? "pullring", lifetime, {
    ca,
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames },
    ],
  });
}

/** Makes a CA that can sign leaves and nothing else. */
function issueCa(name: string, lifetime: Lifetime): Promise<IssuedCertificate> {
  return issue(name, lifetime, {
    extensions: [
      { name: "basicConstraints", cA: true, pathLenConstraint: 0, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
}

async function issue(name: string, lifetime: Lifetime, options: SelfsignedOptions): Promise<IssuedCertificate> {
  // Loaded only when a certificate is made, which is seldom: it is large.
  const { generate } = await import("selfsigned");
  const made = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: new Date(lifetime.createdAtMs - BACKDATE_MS),
    notAfterDate: new Date(lifetime.endsAtMs),
    ...options,
  });
  // What `selfsigned` gives may lack the last line break, and bundles are joined texts.
  return { cert: `${made.cert.trimEnd()}\n`, key: `${made.private.trimEnd()}\n` };
}
