/**
 * The rules by which replicas keep CAs without a leader. Pure: no cryptography, no clock. Every replica that knows the same
 * gets the same result, and to merge again changes nothing. So a Secret that was emptied, garbled or restored from a backup gets
 * back what was lost, and what is new in it is taken.
 *
 * Which CAs are kept ({@link mergeCas}):
 *
 * | CA                   | found in                       | stays                                                   |
 * |----------------------|--------------------------------|---------------------------------------------------------|
 * | ours                 | Secret, own memory or caBundle | until its end, with its key if anybody has it           |
 * | of somebody else     | Secret or own memory           | until our first CA is older than a leaf and the overlap |
 * | of somebody else     | caBundle alone                 | only if no CA of ours has a key: we take over then      |
 * | any                  | anywhere, and not valid now    | not at all                                              |
 * | beyond the newest 64 | anywhere                       | not at all                                              |
 *
 * A CA of ours leaves no sooner than at its end: a restored backup brings an old key back, and a replica that knows no better
 * signs with it. No leaf outlives its CA, so no replica can need a CA after that.
 *
 * When a CA is made ({@link newCaAt}), later than all others so that age shows which is the successor:
 *
 * | newest CA of ours             | why                                                                |
 * |-------------------------------|--------------------------------------------------------------------|
 * | there is none                 | the first start, or all was lost                                   |
 * | its key is not known          | a restored backup: a replica may still be serving by the newest CA |
 * | in the last third of its life | its successor has to be trusted before it ends                     |
 *
 * Which CA signs the next leaf of a replica ({@link chooseSigner}); it stands in the caBundle and has a key in any case:
 *
 * | caBundle                                   | signer                                                  |
 * |--------------------------------------------|---------------------------------------------------------|
 * | unchanged for the overlap                  | the newest CA                                           |
 * | changed since, CA of the served leaf in it | the same CA again                                       |
 * | changed since, otherwise (a start mostly)  | the oldest CA that does not end soon: it has been there |
 * |                                            | longest. If it was made within the overlap, it waits    |
 * |                                            | unless it stands alone: then no replica is trusted yet  |
 */
import type { Ca, CaCertificate } from "../pem-bundle.ts";
import { isRenewalDue, type RotationPolicy } from "./rotation-policy.ts";

/** What a replica knows of CAs. */
export interface KnownCas {
  /** What the Secret holds, as far as it verifies. */
  readonly stored: readonly Ca[];
  /** What this replica last knew to be stored. */
  readonly lastSeen: readonly Ca[];
  /** What stands in the caBundle. */
  readonly applied: readonly CaCertificate[];
}

/** The moment of a decision and the durations that hold. */
export interface RuleContext {
  readonly nowMs: number;
  readonly policy: RotationPolicy;
}

/** What API servers trust, as one replica sees it. */
export interface AppliedCas {
  /** Whether a CA stands in each entry of the caBundle. */
  has(fingerprint: string): boolean;
  /** Whether nobody changed the configuration for the whole overlap, so that every API server knows it. */
  readonly isSettled: boolean;
}

/**
 * Bounds Secret and caBundle, at about 70 kB of PEM. Rotation alone makes two, and each loss of all that replicas know (an
 * empty Secret found by new replicas alone) one more.
 */
export const MAX_CAS = 64;

/** The CAs that should be stored and applied, newest first, before any is made. */
export function mergeCas({ stored, lastSeen, applied }: KnownCas, { nowMs, policy }: RuleContext): readonly Ca[] {
  const known = [...stored, ...lastSeen];
  const hasKey = known.some((ca) => ca.key !== undefined && isCurrent(ca, nowMs));
  const taken = applied.filter(({ isOurs }) => isOurs || !hasKey).map((ca) => ({ ...ca, key: undefined }));
  const unique = new Map<string, Ca>();
  for (const ca of [...known, ...taken].filter((ca) => isCurrent(ca, nowMs))) {
    unique.set(ca.fingerprint, { ...ca, key: ca.key ?? unique.get(ca.fingerprint)?.key });
  }
  const merged = [...unique.values()].sort(compareAge);
  const firstAtMs = Math.min(...merged.filter(({ isOurs }) => isOurs).map(({ createdAtMs }) => createdAtMs));
  const othersEndAtMs = firstAtMs + policy.leafValidityMs + policy.overlapMs;
  return merged.filter(({ isOurs }) => isOurs || nowMs < othersEndAtMs).slice(0, MAX_CAS);
}

/** When the CA that has to be made now counts as made, in milliseconds since 1970; undefined when none has to be. */
export function newCaAt(cas: readonly Ca[], nowMs: number): number | undefined {
  const newest = cas.find(({ isOurs }) => isOurs);
  if (newest?.key !== undefined && !isRenewalDue(newest.createdAtMs, newest.notAfterMs, nowMs)) return undefined;
  // Certificates count whole seconds, and makers' clocks may have been ahead.
  const nowSecondMs = Math.floor(nowMs / 1_000) * 1_000;
  return newest === undefined ? nowSecondMs : Math.max(nowSecondMs, newest.createdAtMs + 1_000);
}

/**
 * The CA that signs the next leaf; undefined: no leaf can be signed now, and the served one stays.
 * @param cas newest first
 * @param servedBy fingerprint of the CA of the served leaf
 */
export function chooseSigner(
  cas: readonly Ca[],
  applied: AppliedCas,
  { servedBy, nowMs, policy }: RuleContext & { readonly servedBy: string | undefined },
): Ca | undefined {
  const there = cas.filter(({ fingerprint }) => applied.has(fingerprint));
  const signers = there.filter(({ key }) => key !== undefined);
  if (applied.isSettled) return signers[0];
  const same = signers.find(({ fingerprint }) => fingerprint === servedBy);
  if (same !== undefined) return same;
  const oldest = signers.filter(({ notAfterMs }) => notAfterMs - nowMs > 2 * policy.overlapMs).at(-1) ?? signers[0];
  const isNew = oldest !== undefined && nowMs < oldest.createdAtMs + policy.overlapMs;
  return isNew && there.length > 1 ? undefined : oldest;
}

/** Whether it is neither too early nor too late for a certificate. */
function isCurrent({ notBeforeMs, notAfterMs }: CaCertificate, nowMs: number): boolean {
  return notBeforeMs <= nowMs && nowMs < notAfterMs;
}

/** Newest first; the fingerprint makes it the same order for every replica. */
function compareAge(one: CaCertificate, other: CaCertificate): number {
  return other.createdAtMs - one.createdAtMs || (one.fingerprint < other.fingerprint ? -1 : 1);
}
