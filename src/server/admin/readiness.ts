/** When pullring is ready for requests: when no check has a reason against it. */

/** One condition of readiness, composed by the command. */
export interface HealthCheck {
  /** As `/readyz` shows it. */
  readonly name: string;
  /** Why not yet, in words that a person can act on; undefined when ready. */
  check(): string | undefined;
  /** What a person should mend although it does not stand against readiness; undefined or absent when there is nothing. */
  note?(): string | undefined;
}

/** Gives each unready check as one line `name: reason`; none when ready. */
export function listUnready(checks: readonly HealthCheck[]): readonly string[] {
  return checks.flatMap((check) => {
    const reason = check.check();
    return reason === undefined ? [] : [`${check.name}: ${reason}`];
  });
}

/** Gives what is to be mended, one line `name: what` each; none when all is well. */
export function listNotes(checks: readonly HealthCheck[]): readonly string[] {
  return checks.flatMap((check) => {
    const note = check.note?.();
    return note === undefined ? [] : [`${check.name}: ${note}`];
  });
}
