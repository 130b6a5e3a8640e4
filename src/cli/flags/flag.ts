/** What a flag is: one row of the table that parsing, `--help` and the README share. */

/** A value that a flag cannot take. The message is one line that names what is expected. */
export class FlagFault extends Error {}

/** A flag with its value of type `Value`. */
export interface Flag<Value> {
  /** Stands for the value in the help; null for a flag that has none. */
  readonly placeholder: string | null;
  /** A letter that stands for the name. */
  readonly short?: string;
  /** Whether the flag may be given several times. */
  readonly isRepeatable?: true;
  /** The value when the flag is not given. */
  readonly initial: Value;
  /** The default as the help shows it; "" for none. */
  readonly defaultText: string;
  /** What the flag does, in one sentence. */
  readonly help: string;
  /**
   * Gives the value once `text` was given; `before` is the value so far.
   * @throws FlagFault when `text` is no value of this flag
   */
  readonly accept: (text: string, before: Value) => Value;
}

/** Flags by name, without the dashes, in the order of the help. */
export type FlagTable = object;

/** The values of a table of flags. */
export type FlagValues<Table> = {
  readonly [Name in keyof Table]: Table[Name] extends Flag<infer Value> ? Value : never;
};
