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
 * Bounds Secret and caBundle, at about 50 kB of PEM. Rotation alone makes two, and each loss of all that replicas know (an empty
 * Secret found by none but fresh ones) one more.
 */
export const MAX_TRUSTED = 64;

/**
 * The state that should be stored, before anything new is made.
 *
 * - The newest authority wins, then the leaf of the newest authority, then the leaf that ends last; then what is stored.
 * - Trust is the union. Also an authority of ours that only the caBundle still has is kept: somebody may serve its leaf.
 *   Certificates of others in the caBundle count only while we have no authority: then their servers are being replaced by us.
 * - An authority of ours leaves when it ends, and no leaf outlives its authority: so no replica can need it then. Nothing sooner
 *   would do: whoever restores a backup brings a key back, and a replica that knows no better signs with it.
 * - One of somebody else leaves when ours have been there for as long as a leaf lives.
 * - Should damage have made more than {@link MAX_TRUSTED}, the oldest leave first.
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
  const isInUse = ({ fingerprint }: CaCertificate) =>
    fingerprint === authority?.certificate.fingerprint || fingerprint === leaf?.issuer;
  const isWanted = ({ isOurs }: CaCertificate) => isOurs || nowMs < foreignEndsAtMs(candidates, policy);
  const trusted = candidates.filter(
    (certificate, age) => isInUse(certificate) || (age < MAX_TRUSTED && isWanted(certificate)),
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

/** When nobody serves any more what others than us trusted: a leaf's life after our first authority. */
function foreignEndsAtMs(known: readonly CaCertificate[], policy: RotationPolicy): number {
  const ours = known.filter(({ isOurs }) => isOurs).map(({ createdAtMs }) => createdAtMs);
  return Math.min(...ours) + policy.leafValidityMs + policy.overlapMs;
}

function uniqueByFingerprint(certificates: readonly CaCertificate[]): CaCertificate[] {
  return [...new Map(certificates.map((certificate) => [certificate.fingerprint, certificate])).values()];
}
