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

/** Names each duration that cannot work, as lines for a person; [] when all is well. */
export function listPolicyErrors({ caValidityMs, leafValidityMs, overlapMs }: RotationPolicy): readonly string[] {
  const errors: string[] = [];
  // Certificates count whole seconds, so nothing shorter can be renewed in time.
  if (!(leafValidityMs >= 3_000)) {
    errors.push(`expected a certificate lifetime of 3000 ms or more, got ${leafValidityMs}`);
  }
  if (!(caValidityMs >= 2 * leafValidityMs)) {
    errors.push(`expected a CA lifetime of at least two certificates, got ${caValidityMs}`);
  }
  // The last third of a CA's life has to do for writing its successor down and for the overlap, with time to spare.
  if (!(overlapMs >= 0 && overlapMs < caValidityMs / 6)) {
    errors.push(`expected an overlap under a sixth of the ${caValidityMs} ms of a CA, got ${overlapMs}`);
  }
  return errors;
}
