/** How long managed certificates live and when they are renewed. */

/** Durations of managed certificates, in milliseconds. */
export interface RotationPolicy {
  /** Life of a CA. */
  readonly caValidityMs: number;
  /** Life of a serving certificate. */
  readonly leafValidityMs: number;
  /**
   * How long a new CA has to stand in the caBundle before it signs: the time in which every API server has surely seen a change
   * of the webhook configuration (their watches take well under a second).
   */
  readonly overlapMs: number;
}

/** Whether a certificate is in the last third of its life, in which its successor is made. */
export function isRenewalDue(createdAtMs: number, endsAtMs: number, nowMs: number): boolean {
  return 3 * (endsAtMs - nowMs) < endsAtMs - createdAtMs;
}
