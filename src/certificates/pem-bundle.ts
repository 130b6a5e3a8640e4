/** Reads and writes several certificates in one PEM text: the Secret's `ca.crt` and the caBundle. It trusts and orders nothing. */
import { X509Certificate } from "node:crypto";
import { AUTHORITY_NAME, BACKDATE_MS } from "./managed/issue-certificate.ts";
import type { CaCertificate } from "./managed/trust-state.ts";

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Gives the certificates that can be read in `text`, each once; what is no certificate is passed over. */
export function parseBundle(text: string): readonly CaCertificate[] {
  const found = (text.match(BLOCK) ?? []).flatMap((block) => parseOne(block) ?? []);
  return [...new Map(found.map((certificate) => [certificate.fingerprint, certificate])).values()];
}

/**
 * As {@link parseBundle}, but [] unless `text` is written just as {@link formatBundle} would: so that nobody's reading of it,
 * the API server's above all, can differ from ours.
 */
export function parseAppliedBundle(text: string): readonly CaCertificate[] {
  const certificates = parseBundle(text);
  const rest = certificates.reduce((left, { pem }) => left.replace(pem, ""), `${text.trim()}\n`);
  return rest.trim() === "" ? certificates : [];
}

/** PEM of all of them, in their order, each with a line break at its end. */
export function formatBundle(certificates: readonly CaCertificate[]): string {
  return certificates.map(({ pem }) => pem).join("");
}

/** The certificates that stand in each of `bundles`. */
export function commonTo(bundles: readonly (readonly CaCertificate[])[]): readonly CaCertificate[] {
  const [first = [], ...others] = bundles;
  return first.filter(({ fingerprint }) =>
    others.every((bundle) => bundle.some((other) => other.fingerprint === fingerprint)),
  );
}

function parseOne(block: string): CaCertificate | undefined {
  try {
    const certificate = new X509Certificate(block);
    const notBeforeMs = Date.parse(certificate.validFrom);
    return {
      pem: `${certificate.toString().trim()}\n`,
      fingerprint: certificate.fingerprint256,
      createdAtMs: notBeforeMs + BACKDATE_MS,
      notBeforeMs,
      notAfterMs: Date.parse(certificate.validTo),
      isOurs: certificate.ca && AUTHORITY_NAME.test(certificate.subject),
    };
  } catch {
    return undefined;
  }
}
