/** The CAs whose client certificates the webhook takes: a file of PEM certificates that is followed when it changes. */
import { X509Certificate } from "node:crypto";
import {
  CertificateError,
  type FollowedContent,
  followContent,
  type PollOptions,
  parseFor,
  readText,
} from "../../certificates/followed-file.ts";
import { splitPem } from "../../certificates/pem-bundle.ts";

/** The CAs in force, as PEM. */
export type ClientCa = FollowedContent<string>;

/**
 * Reads the CAs in `path` and follows its changes.
 * @throws CertificateError naming the file and the remedy when there is no good CA at the start
 */
export function openClientCa(path: string, options: PollOptions): Promise<ClientCa> {
  return followContent(() => readCa(path, options.clock.now()), "Kept the last good CAs of clients", options);
}

/** TLS would accept a file without a CA, and then trust no client or, worse, a wrong one. */
async function readCa(path: string, nowMs: number): Promise<string> {
  const text = await readText(path);
  const certificates = splitPem(text).map((pem, index) => {
    const message = `certificate ${index + 1} in ${path} cannot be read; write it as PEM`;
    return parseFor(path, message, () => new X509Certificate(pem));
  });
  if (certificates.length === 0) {
    throw new CertificateError(path, `file ${path} holds no PEM certificate; write the CA of the clients`);
  }
  const leaf = certificates.findIndex(({ ca }) => !ca);
  if (leaf >= 0) {
    throw new CertificateError(
      path,
      `certificate ${leaf + 1} in ${path} is no CA certificate; write the one that issues the clients' certificates`,
    );
  }
  if (certificates.every(({ validTo }) => !(Date.parse(validTo) > nowMs))) {
    throw new CertificateError(path, `every CA in ${path} has ended; write the one that took its place`);
  }
  // Node's TLS server trusts no chain that ends before its root.
  const rootless = certificates.findIndex((one) => !certificates.some((issuer) => one.checkIssued(issuer)));
  if (rootless >= 0) {
    throw new CertificateError(
      path,
      `the issuer of certificate ${rootless + 1} in ${path} is not there; add it, up to the root`,
    );
  }
  return certificates.map((certificate) => certificate.toString()).join("");
}
