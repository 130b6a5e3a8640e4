/** Makes CAs and client certificates for tests of who is let in. */
import { generate } from "selfsigned";

/** A certificate with its key, PEM. */
export interface IssuedCertificate {
  readonly cert: string;
  readonly key: string;
}

/** What is out of the ordinary in a certificate. */
export interface IssueOptions {
  readonly dnsNames?: readonly string[];
  /** Default `client`; `server` may not be used as a client. */
  readonly purpose?: "client" | "server";
  /** Default: in a day. */
  readonly notAfter?: Date;
}

const ALGORITHMS = { keyType: "ec", curve: "P-256", algorithm: "sha256" } as const;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Makes a CA; of its own, or below `parent`. */
export async function makeCa(
  name: string,
  { parent, notAfter }: { readonly parent?: IssuedCertificate; readonly notAfter?: Date } = {},
): Promise<IssuedCertificate> {
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
    ...ALGORITHMS,
    ...datesUntil(notAfter),
    ...(parent !== undefined && { ca: parent }),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert: `${cert.trimEnd()}\n`, key };
}

/** Makes a certificate of `issuer` with the common name `name`. */
export async function issue(
  issuer: IssuedCertificate,
  name: string,
  { dnsNames = [], purpose = "client", notAfter }: IssueOptions = {},
): Promise<IssuedCertificate> {
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
    ...ALGORITHMS,
    ...datesUntil(notAfter),
    ca: issuer,
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", clientAuth: purpose === "client", serverAuth: purpose === "server" },
      ...(dnsNames.length === 0
        ? []
        : [
            {
              name: "subjectAltName" as const,
              altNames: dnsNames.map((value) => ({ type: 2 as const, value })),
            },
          ]),
    ],
  });
  return { cert: `${cert.trimEnd()}\n`, key };
}

function datesUntil(notAfter = new Date(Date.now() + DAY_MS)): { notBeforeDate: Date; notAfterDate: Date } {
  return {
    notBeforeDate: new Date(Math.min(Date.now(), notAfter.getTime()) - DAY_MS),
    notAfterDate: notAfter,
  };
}
