/** Decides whether output is coloured. */

/** What the decision depends on. */
export interface Terminal {
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  /** The environment of the process. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Tells whether to colour: only for a terminal, unless NO_COLOR is set and not empty, or the terminal is a dumb one.
 * @see https://no-color.org
 */
export function wantsColour({ isTerminal, env }: Terminal): boolean {
  return isTerminal && !env.NO_COLOR && env.TERM !== "dumb";
}
