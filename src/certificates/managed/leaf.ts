/** The serving certificate of one replica. Its key is never written anywhere. */
import { issueLeaf } from "../issue.ts";
import { checkPair } from "../key-pair.ts";
import type { CertificatePair } from "../source.ts";
import { isRenewalDue, type RotationPolicy } from "./rotation-policy.ts";
import type { Ca } from "./secret-format.ts";

/** A certificate that a replica made for itself. */
export interface Leaf extends CertificatePair {
  /** Fingerprint of the CA that signed it. */
  readonly issuer: string;
  readonly createdAtMs: number;
}

/** What leaves are like. */
export interface LeafOptions {
  /** What the leaf names, one at least; the names of the Service as a rule. */
  readonly dnsNames: readonly string[];
  readonly policy: RotationPolicy;
}

/** Whether `leaf` is to be replaced by one that `signer` signs. */
export function isLeafDue(leaf: Leaf | undefined, signer: Ca, nowMs: number): boolean {
  return (
    leaf === undefined ||
    leaf.issuer !== signer.fingerprint ||
    // Made in the future, by a clock that was wrong then or is wrong now.
    nowMs < leaf.createdAtMs ||
    isRenewalDue(leaf.createdAtMs, leaf.expiresAtMs, nowMs)
  );
}

/** Makes a leaf that does not outlive its CA. @throws CertificateError when what was made cannot be served */
export async function makeLeaf(ca: Ca, { dnsNames, policy }: LeafOptions, nowMs: number): Promise<Leaf> {
  const made = await issueLeaf({
    ca: { cert: ca.pem, key: ca.key ?? "" },
    hosts: dnsNames,
    createdAtMs: nowMs,
    endsAtMs: Math.min(nowMs + policy.leafValidityMs, ca.notAfterMs),
  });
  const pair = checkPair({ ...made, certPath: "of this replica", keyPath: "of this replica" }, nowMs);
  return { ...pair, issuer: ca.fingerprint, createdAtMs: nowMs };
}
