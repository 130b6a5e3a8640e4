/**
 * Makes authorities and leaves with `selfsigned`, whose own defaults (SHA-1, RSA) are not good enough. It checks nothing: what
 * was made is read back by the same code that reads the Secret.
 */
import { randomBytes } from "node:crypto";

/** A certificate and its key, both PEM; the key is secret. */
export interface IssuedCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Authorities of ours have names of this shape. Each has another one: OpenSSL looks issuers up by name. */
export const AUTHORITY_NAME: RegExp = /^CN=pullring ca [0-9a-f]{16}$/;

/** Certificates are valid from an hour before they were made, for clocks that are behind. */
export const BACKDATE_MS: number = 60 * 60 * 1000;

/** Elliptic curve P-256 and SHA-256. */
const ALGORITHMS = { keyType: "ec", curve: "P-256", algorithm: "sha256" } as const;

/** @see issueLeaf */
export interface LeafRequest {
  readonly authority: IssuedCertificate;
  /** End of the authority, which no leaf outlives; milliseconds since 1970. */
  readonly authorityEndsAtMs: number;
  /** First the one that clients ask for; at least one. */
  readonly dnsNames: readonly string[];
  readonly nowMs: number;
  readonly validityMs: number;
}

/** Makes an authority that can sign leaves and nothing else. @param createdAtMs whole seconds since 1970, in milliseconds */
export async function issueAuthority(createdAtMs: number, validityMs: number): Promise<IssuedCertificate> {
  // Loaded only here: it is large, and a certificate is seldom made.
  const { generate } = await import("selfsigned");
  const name = `pullring ca ${randomBytes(8).toString("hex")}`;
  const made = await generate([{ name: "commonName", value: name }], {
    ...ALGORITHMS,
    ...lifetime(createdAtMs, createdAtMs + validityMs),
    extensions: [
      { name: "basicConstraints", cA: true, pathLenConstraint: 0, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert: endLine(made.cert), key: endLine(made.private) };
}

/** Makes a server certificate, signed by an authority of {@link issueAuthority}. */
export async function issueLeaf(request: LeafRequest): Promise<IssuedCertificate> {
  const { authority, dnsNames, nowMs } = request;
  const { generate } = await import("selfsigned");
  const made = await generate([{ name: "commonName", value: "pullring" }], {
    ...ALGORITHMS,
    ...lifetime(nowMs, Math.min(nowMs + request.validityMs, request.authorityEndsAtMs)),
    ca: { key: authority.key, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: dnsNames.map((value) => ({ type: 2 as const, value })) },
    ],
  });
  return { cert: endLine(made.cert), key: endLine(made.private) };
}

function lifetime(createdAtMs: number, endsAtMs: number): { notBeforeDate: Date; notAfterDate: Date } {
  return { notBeforeDate: new Date(createdAtMs - BACKDATE_MS), notAfterDate: new Date(endsAtMs) };
}

/** What `selfsigned` gives may lack the last line break, and bundles are joined texts. */
function endLine(pem: string): string {
  return `${pem.trimEnd()}\n`;
}
