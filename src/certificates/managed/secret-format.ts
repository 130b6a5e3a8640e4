/**
 * The content of the shared Secret: `tls.crt` and `tls.key` as in kubernetes.io/tls, `ca.crt` with all trusted authorities,
 * `ca.key` of the newest. What does not verify is treated as not there. Nothing of a key is ever in an error.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { checkPair } from "../key-pair.ts";
import { formatBundle, parseBundle } from "../pem-bundle.ts";
import type { Authority, CaCertificate, Leaf, TrustState } from "./trust-state.ts";

/** Keys of the Secret that are ours; others are left alone. */
export type SecretData = Readonly<Partial<Record<"tls.crt" | "tls.key" | "ca.crt" | "ca.key", string>>>;

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

/**
 * Reads and verifies. Times are not judged here.
 * @param dnsNames what a leaf has to name
 */
export function decodeSecret(data: SecretData, dnsNames: readonly string[]): TrustState {
  const trusted = parseBundle(data["ca.crt"] ?? "");
  return {
    authority: attempt(() => readAuthority(data["ca.key"] ?? "", trusted)),
    trusted,
    leaf: attempt(() => readLeaf(data, trusted, dnsNames)),
  };
}

/** Writes a state down. A part that is missing is written as "". */
export function encodeSecret({ authority, trusted, leaf }: TrustState): Required<SecretData> {
  return {
    "tls.crt": leaf?.cert ?? "",
    "tls.key": leaf?.key ?? "",
    "ca.crt": formatBundle(trusted),
    "ca.key": authority?.key ?? "",
  };
}

/** The certificate that belongs to the key, if both can sign as ours do. */
function readAuthority(key: string, trusted: readonly CaCertificate[]): Authority | undefined {
  const privateKey = createPrivateKey(key);
  const isP256 = privateKey.asymmetricKeyDetails?.namedCurve === "prime256v1";
  const certificate = trusted.find(({ pem }) => {
    const parsed = new X509Certificate(pem);
    return parsed.ca && parsed.checkPrivateKey(privateKey) && parsed.verify(parsed.publicKey);
  });
  return isP256 && certificate !== undefined ? { certificate, key } : undefined;
}

function readLeaf(
  data: SecretData,
  trusted: readonly CaCertificate[],
  dnsNames: readonly string[],
): Leaf | undefined {
  const source = { cert: data["tls.crt"] ?? "", key: data["tls.key"] ?? "" };
  // An expired pair is not wrong here, so it is checked as of 1970.
  const { cert, key } = checkPair({ ...source, certPath: "tls.crt", keyPath: "tls.key" }, 0);
  const parsed = new X509Certificate(cert);
  const issuer = trusted.find(({ pem }) => isIssuedBy(parsed, new X509Certificate(pem)));
  const namesUs = dnsNames.every((name) => parsed.checkHost(name, { subject: "never" }) !== undefined);
  const isServer = parsed.keyUsage?.includes(SERVER_AUTH) ?? true;
  if (issuer === undefined || !namesUs || !isServer) {
    return undefined;
  }
  return {
    cert,
    key,
    fingerprint: parsed.fingerprint256,
    issuer: issuer.fingerprint,
    notBeforeMs: Date.parse(parsed.validFrom),
    notAfterMs: Date.parse(parsed.validTo),
  };
}

function isIssuedBy(leaf: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey);
}

/** The libraries throw for whatever they cannot read; for us that is the same as nothing. */
function attempt<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
