/** The health of one part of the process, as `/readyz` shows it. */

/** What a part with a health offers. Both answers are one line that a person can act on, without a Secret's content. */
export interface HealthCheck {
  /** As `/readyz` shows it, such as `credentials`. */
  readonly name: string;
  /** Why the process cannot serve yet because of this part; undefined when it can. */
  notReady(): string | undefined;
  /** What a person should act on although the process can serve, such as a missing right; undefined when there is nothing. */
  problem(): string | undefined;
}
