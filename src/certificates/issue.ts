/** Makes an authority and a certificate with `selfsigned`, whose own defaults (SHA-1, RSA) are not good enough. Keeps nothing. */

/** What a local certificate is for. */
export const LOCAL_NAMES: { readonly hosts: readonly string[]; readonly addresses: readonly string[] } = {
  hosts: ["localhost"],
  addresses: ["127.0.0.1", "::1"],
};

/** A certificate, its key and the certificate of the authority that signed it, all PEM. */
export interface MadeCertificate {
  readonly caCert: string;
  readonly cert: string;
  readonly key: string;
}

const LIFETIME_MS = 365 * 24 * 60 * 60 * 1000;

/** Clocks of one machine and its containers differ by little; a certificate is valid from a bit before it was made. */
const SKEW_MS = 5 * 60 * 1000;

/** Elliptic curve P-256 and SHA-256. */
const ALGORITHMS = { keyType: "ec", curve: "P-256", algorithm: "sha256" } as const;

/**
 * Makes a certificate for LOCAL_NAMES that is valid for a year, and an authority for it alone, whose key is forgotten.
 * @param nowMs milliseconds since 1970
 */
export async function makeLocalCertificate(nowMs: number): Promise<MadeCertificate> {
  // Loaded only here: it is large, and a certificate is seldom made.
  const { generate } = await import("selfsigned");
  const dates = { notBeforeDate: new Date(nowMs - SKEW_MS), notAfterDate: new Date(nowMs + LIFETIME_MS) };
  const ca = await generate([{ name: "commonName", value: "pullring local authority" }], {
    ...ALGORITHMS,
    ...dates,
    extensions: [
      { name: "basicConstraints", cA: true, pathLenConstraint: 0, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const leaf = await generate([{ name: "commonName", value: "localhost" }], {
    ...ALGORITHMS,
    ...dates,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          ...LOCAL_NAMES.hosts.map((value) => ({ type: 2 as const, value })),
          ...LOCAL_NAMES.addresses.map((ip) => ({ type: 7 as const, ip })),
        ],
      },
    ],
  });
  return { caCert: endLine(ca.cert), cert: endLine(leaf.cert), key: endLine(leaf.private) };
}

/** What `selfsigned` gives may lack the last line break, and files are joined by people. */
function endLine(pem: string): string {
  return `${pem.trimEnd()}\n`;
}
