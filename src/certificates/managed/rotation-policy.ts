/** How long managed certificates live and when they are renewed. It decides nothing; it only refuses durations that cannot work. */

/** Durations of managed certificates. */
export interface RotationPolicy {
  /** Life of an authority. */
  readonly caValidityMs: number;
  /** Life of a leaf. */
  readonly leafValidityMs: number;
  /** Part of a life after which the successor is made; between 0 and 1, exclusive. */
  readonly renewalFraction: number;
  /**
   * How long an authority has to stand in the applied caBundle before a leaf of it takes over: the time in which every API
   * server has surely seen a change of the webhook configuration (their watches take well under a second).
   */
  readonly overlapMs: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Ten years, 90 days, two thirds, a minute. */
export const DEFAULT_ROTATION: RotationPolicy = {
  caValidityMs: 3650 * DAY_MS,
  leafValidityMs: 90 * DAY_MS,
  renewalFraction: 2 / 3,
  overlapMs: 60_000,
};

/** Certificates count whole seconds, so nothing shorter than this can be renewed in time. */
const MIN_LEAF_VALIDITY_MS = 3_000;

/** Names each duration that cannot work, as lines for a person; [] when all is well. */
export function listPolicyFaults(policy: RotationPolicy): readonly string[] {
  const { caValidityMs, leafValidityMs, renewalFraction, overlapMs } = policy;
  const faults: string[] = [];
  if (!(renewalFraction > 0 && renewalFraction < 1)) {
    faults.push(`expected a renewal fraction between 0 and 1, got ${renewalFraction}`);
  }
  if (!(leafValidityMs >= MIN_LEAF_VALIDITY_MS)) {
    faults.push(
      `expected a certificate lifetime of ${MIN_LEAF_VALIDITY_MS} ms or more, got ${leafValidityMs}`,
    );
  }
  if (!(overlapMs >= 0 && leafLeadMs(policy) > 2 * overlapMs)) {
    faults.push(
      `expected an overlap under half of the ${leafLeadMs(policy)} ms between renewal and end, got ${overlapMs}`,
    );
  }
  if (!(caValidityMs > caLeadMs(policy) && caValidityMs >= 2 * leafValidityMs)) {
    faults.push(`expected an authority lifetime of at least two certificates, got ${caValidityMs}`);
  }
  return faults;
}

/** Milliseconds before its end at which a leaf is renewed. */
export function leafLeadMs({ leafValidityMs, renewalFraction }: RotationPolicy): number {
  return leafValidityMs * (1 - renewalFraction);
}

/** Milliseconds before its end at which an authority is renewed: never so late that a leaf of it would end early. */
export function caLeadMs({
  caValidityMs,
  leafValidityMs,
  renewalFraction,
  overlapMs,
}: RotationPolicy): number {
  return Math.max(caValidityMs * (1 - renewalFraction), leafValidityMs + 2 * overlapMs);
}
