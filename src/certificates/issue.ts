/** Makes CAs and serving certificates with `selfsigned`, whose own defaults (SHA-1, RSA) are not good enough. It keeps nothing. */
import { randomBytes } from "node:crypto";
import type { SelfsignedOptions } from "selfsigned";

/** A certificate and its key, both PEM; the key is secret. */
export interface IssuedCertificate {
  readonly cert: string;
  readonly key: string;
}

/** CAs of managed certificates have names of this shape. Each has another one: OpenSSL looks issuers up by name. */
export const MANAGED_CA_NAME: RegExp = /^CN=pullring ca [0-9a-f]{16}$/;

/** Certificates are valid from an hour before they were made, for clocks that are behind. In milliseconds. */
export const BACKDATE_MS: number = 60 * 60 * 1000;

/** What a local certificate is for. */
export const LOCAL_NAMES: { readonly hosts: readonly string[]; readonly addresses: readonly string[] } = {
  hosts: ["localhost"],
  addresses: ["127.0.0.1", "::1"],
};

const LOCAL_VALIDITY_MS = 365 * 24 * 60 * 60 * 1000;

/** When a certificate is made and when it ends, in milliseconds since 1970. Certificates count whole seconds. */
export interface Lifetime {
  readonly createdAtMs: number;
  readonly endsAtMs: number;
}

/** A certificate with that of the CA that signed it. */
export interface MadeCertificate extends IssuedCertificate {
  readonly caCert: string;
}

/** What a serving certificate is for; the first host, one at least, is its common name. */
export interface LeafRequest extends Lifetime {
  readonly ca: IssuedCertificate;
  readonly hosts: readonly string[];
  readonly addresses?: readonly string[];
}

/** Makes a CA of managed certificates. */
export function issueManagedCa(lifetime: Lifetime): Promise<IssuedCertificate> {
  return issueCa(`pullring ca ${randomBytes(8).toString("hex")}`, lifetime);
}

/** Makes a serving certificate. */
export function issueLeaf({ ca, hosts, addresses = [], ...life }: LeafRequest): Promise<IssuedCertificate> {
  const names = hosts.map((value) => ({ type: 2 as const, value }));
  const ips = addresses.map((ip) => ({ type: 7 as const, ip }));
  return issue(hosts[0] ?? "pullring", life, {
    ca,
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: [...names, ...ips] },
    ],
  });
}

/**
 * Makes a certificate for LOCAL_NAMES that is valid for a year, and a CA for it alone, whose key is forgotten.
 * @param nowMs milliseconds since 1970
 */
export async function makeLocalCertificate(nowMs: number): Promise<MadeCertificate> {
  const lifetime = { createdAtMs: nowMs, endsAtMs: nowMs + LOCAL_VALIDITY_MS };
  const ca = await issueCa("pullring local ca", lifetime);
  return { ...(await issueLeaf({ ca, ...LOCAL_NAMES, ...lifetime })), caCert: ca.cert };
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

async function issue(
  name: string,
  { createdAtMs, endsAtMs }: Lifetime,
  options: SelfsignedOptions,
): Promise<IssuedCertificate> {
  // Loaded only when a certificate is made, which is seldom: it is large.
  const { generate } = await import("selfsigned");
  const made = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: new Date(createdAtMs - BACKDATE_MS),
    notAfterDate: new Date(endsAtMs),
    ...options,
  });
  return { cert: endLine(made.cert), key: endLine(made.private) };
}

/** What `selfsigned` gives may lack the last line break, and bundles are joined texts. */
function endLine(pem: string): string {
  return `${pem.trimEnd()}\n`;
}
