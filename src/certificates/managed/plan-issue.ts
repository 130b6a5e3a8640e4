/** Decides what has to be made anew, and which leaf a replica may serve. Pure; both hold the rule that no handshake ever fails. */
import { caLeadMs, leafLeadMs, type RotationPolicy } from "./rotation-policy.ts";
import { type CaCertificate, isCurrent, type Leaf, type TrustState } from "./trust-state.ts";

/** What a replica has seen of the applied caBundle. */
export interface AppliedTrust {
  /** Whether the authority with this fingerprint stands in the caBundle now. */
  isApplied(fingerprint: string): boolean;
  /** Whether it has stood there for the whole overlap, in a configuration that nobody changed meanwhile. */
  isSettled(fingerprint: string): boolean;
}

/** What has to be made. An authority comes first; the leaf is then signed by it. */
export interface IssuePlan {
  /** When the new authority is made; undefined: keep the one there is. */
  readonly authorityAtMs: number | undefined;
  readonly leaf: boolean;
}

/** The moment of an issue and its rules. */
export interface IssueContext {
  readonly nowMs: number;
  readonly policy: RotationPolicy;
  readonly applied: AppliedTrust;
}

/** Certificates count whole seconds. */
const SECOND_MS = 1_000;

/**
 * What `state` (already merged) lacks. The first leaf of an authority waits until that is settled, a further one until it is
 * applied. Only when there is no leaf at all is it made at once, and then preferably by an authority that is applied already.
 */
export function planIssue(state: TrustState, { nowMs, policy, applied }: IssueContext): IssuePlan {
  const { authority, leaf, trusted } = state;
  const newest = newestOfOurs(trusted);
  const fingerprint = authority?.certificate.fingerprint;
  if (leaf === undefined && fingerprint !== undefined && applied.isApplied(fingerprint)) {
    return { authorityAtMs: undefined, leaf: true };
  }
  // A newer authority without its key is a sign of a restored backup: whoever has the key may be serving.
  const isSuperseded = authority !== undefined && newest > authority.certificate.createdAtMs;
  if (
    authority === undefined ||
    isSuperseded ||
    authority.certificate.notAfterMs - nowMs < caLeadMs(policy)
  ) {
    // Later than any other, also when their makers' clocks were ahead: so that age tells the successor.
    const authorityAtMs = Math.max(Math.floor(nowMs / SECOND_MS) * SECOND_MS, newest + SECOND_MS);
    return { authorityAtMs, leaf: leaf === undefined };
  }
  if (leaf === undefined) {
    return { authorityAtMs: undefined, leaf: true };
  }
  const isRenewal = leaf.issuer === authority.certificate.fingerprint;
  const isDue = !isRenewal || leaf.notAfterMs - nowMs < leafLeadMs(policy);
  const mayIssue = isRenewal
    ? applied.isApplied(authority.certificate.fingerprint)
    : applied.isSettled(authority.certificate.fingerprint);
  return { authorityAtMs: undefined, leaf: isDue && mayIssue };
}

function newestOfOurs(trusted: readonly CaCertificate[]): number {
  return Math.max(
    Number.NEGATIVE_INFINITY,
    ...trusted.filter(({ isOurs }) => isOurs).map(({ createdAtMs }) => createdAtMs),
  );
}

/**
 * The leaf to serve from now on: `candidate`, once the API server surely trusts it, else still `serving`. Without a
 * working leaf at hand an applied authority is enough.
 * @param candidate what is stored
 */
export function chooseServed(
  serving: Leaf | undefined,
  candidate: Leaf | undefined,
  { applied, nowMs }: Pick<IssueContext, "applied" | "nowMs">,
): Leaf | undefined {
  if (candidate === undefined || !applied.isApplied(candidate.issuer)) {
    return serving;
  }
  const isServingFit =
    serving !== undefined && isCurrent(serving, nowMs) && applied.isApplied(serving.issuer);
  const isSafe = serving?.issuer === candidate.issuer || applied.isSettled(candidate.issuer);
  return isServingFit && !isSafe ? serving : candidate;
}
