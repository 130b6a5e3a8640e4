/**
 * Joins what is stored with what a replica remembers. Pure. Every replica that joins the same values gets the same result,
 * and joining again changes nothing: so replicas agree without a leader, and a Secret that was emptied, garbled or restored
 * from a backup gets back what was lost, while whatever is newer in it is taken.
 */
import type { RotationPolicy } from "./rotation-policy.ts";
import {
  type Authority,
  type CaCertificate,
  compareAge,
  isCurrent,
  type Leaf,
  type TrustState,
} from "./trust-state.ts";

/** What a replica knows when it decides. */
export interface Knowledge {
  /** What the Secret holds, as far as it verifies. */
  readonly stored: TrustState;
  /** What this replica last knew to be stored. */
  readonly remembered: TrustState;
  /** What the API server trusts now; undefined when there is no webhook configuration for us to fill. */
  readonly applied: readonly CaCertificate[] | undefined;
  readonly nowMs: number;
}

/**
 * The state that should be stored, before anything new is made.
 *
 * - The newest authority wins, then the leaf of the newest authority, then the leaf that ends last; then what is stored.
 * - Trust is the union. Also an authority of ours that only the caBundle still has is kept: somebody may serve its leaf.
 *   Certificates of others in the caBundle count only while we have no authority: then their servers are being replaced by us.
 * - An authority leaves when a successor has been there for as long as a leaf lives: from then on no leaf of it is valid, so
 *   that no replica can need it, not even one that was cut off or suspended meanwhile.
 */
export function mergeStates(knowledge: Knowledge, policy: RotationPolicy): TrustState {
  const { stored, remembered, applied = [], nowMs } = knowledge;
  const authority = newestAuthority([stored.authority, remembered.authority], nowMs);
  const known = [
    ...(authority === undefined ? [] : [authority.certificate]),
    ...stored.trusted,
    ...remembered.trusted,
    ...applied.filter(({ isOurs }) => isOurs || authority === undefined),
  ].filter((certificate) => isCurrent(certificate, nowMs));
  const candidates = uniqueByFingerprint(known).sort(compareAge);
  const leaf = bestLeaf([stored.leaf, remembered.leaf], candidates, nowMs);
  const trusted = candidates.filter(
    (certificate) =>
      certificate.fingerprint === authority?.certificate.fingerprint ||
      certificate.fingerprint === leaf?.issuer ||
      nowMs < retiresAtMs(certificate, candidates, policy),
  );
  return { authority, trusted, leaf };
}

function newestAuthority(
  authorities: readonly (Authority | undefined)[],
  nowMs: number,
): Authority | undefined {
  return authorities
    .filter((authority) => authority !== undefined)
    .filter(({ certificate }) => isCurrent(certificate, nowMs))
    .sort((one, other) => compareAge(one.certificate, other.certificate))[0];
}

function bestLeaf(
  leaves: readonly (Leaf | undefined)[],
  trusted: readonly CaCertificate[],
  nowMs: number,
): Leaf | undefined {
  const rank = ({ issuer }: Leaf) => trusted.findIndex(({ fingerprint }) => fingerprint === issuer);
  return leaves
    .filter((leaf) => leaf !== undefined)
    .filter((leaf) => isCurrent(leaf, nowMs) && rank(leaf) >= 0)
    .sort((one, other) => rank(one) - rank(other) || other.notAfterMs - one.notAfterMs)[0];
}

/** The key of an authority is forgotten when its successor is made, so its last leaf is no younger than the successor. */
function retiresAtMs(
  certificate: CaCertificate,
  candidates: readonly CaCertificate[],
  policy: RotationPolicy,
): number {
  const successors = candidates.filter(
    ({ isOurs, createdAtMs }) => isOurs && createdAtMs > certificate.createdAtMs,
  );
  const replacedAtMs = Math.min(...successors.map(({ createdAtMs }) => createdAtMs));
  return replacedAtMs + policy.leafValidityMs + policy.overlapMs;
}

function uniqueByFingerprint(certificates: readonly CaCertificate[]): CaCertificate[] {
  return [...new Map(certificates.map((certificate) => [certificate.fingerprint, certificate])).values()];
}
