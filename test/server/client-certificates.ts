/** Makes CAs and client certificates for tests of who is let in. */
import { generate, type SelfsignedOptions } from "selfsigned";

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

const DAY_MS = 24 * 60 * 60 * 1000;

/** Makes a CA; of its own, or below `parent`. */
export function makeCa(
  name: string,
  { parent, notAfter }: { readonly parent?: IssuedCertificate; readonly notAfter?: Date } = {},
): Promise<IssuedCertificate> {
  const extensions: SelfsignedOptions["extensions"] = [
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
  ];
  return make(name, { extensions, ...(parent && { ca: parent }) }, notAfter);
}

/** Makes a certificate of `issuer` with the common name `name`. */
export function issue(
  issuer: IssuedCertificate,
  name: string,
  { dnsNames = [], purpose = "client", notAfter }: IssueOptions = {},
): Promise<IssuedCertificate> {
  const altNames = dnsNames.map((value) => ({ type: 2 as const, value }));
  const extensions: SelfsignedOptions["extensions"] = [
    { name: "basicConstraints", cA: false, critical: true },
    { name: "keyUsage", digitalSignature: true, critical: true },
    { name: "extKeyUsage", clientAuth: purpose === "client", serverAuth: purpose === "server" },
    ...(altNames.length === 0 ? [] : [{ name: "subjectAltName" as const, altNames }]),
  ];
  return make(name, { ca: issuer, extensions }, notAfter);
}

async function make(
  name: string,
  options: SelfsignedOptions,
  notAfterDate: Date = new Date(Date.now() + DAY_MS),
): Promise<IssuedCertificate> {
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: new Date(Math.min(Date.now(), notAfterDate.getTime()) - DAY_MS),
    notAfterDate,
    ...options,
  });
  return { cert: `${cert.trimEnd()}\n`, key };
}
