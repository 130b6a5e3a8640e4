/** The options of a command as a table, the single source of parsing, `--help` and the README. */
import { type Command, InvalidArgumentError, Option } from "commander";

/** One option with its value of type `Value`. */
export interface OptionRow<Value> {
  /** As commander reads it, such as `-n, --namespace <name>`. */
  readonly flags: string;
  /** Heading of the help under which it stands. */
  readonly group: string;
  /** What it does, in one sentence. */
  readonly help: string;
  /** The value when the option is not given; a list for one that may be given several times. */
  readonly initial: Value;
  /** The default as the help shows it; absent when there is none. */
  readonly defaultText?: string;
  /** Left out of help and README: only tests need it. */
  readonly isHidden?: true;
  /**
   * Gives the value once `text` was given; `before` is the value so far.
   * @throws InvalidArgumentError when `text` is not a value of this option
   */
  readonly parse: (text: string, before: Value) => Value;
}

/** A row for each value, under commander's name for it: `tlsDir` for `--tls-dir`. The order is that of the help. */
export type OptionTable<Values> = { readonly [Name in keyof Values]: OptionRow<Values[Name]> };

/** What the arguments of a command say, once they are parsed. */
export interface ParsedOptions<Values> {
  readonly values: Values;
  /** Options that were given. */
  readonly given: ReadonlySet<keyof Values>;
  /** Wrong values, one line each. */
  readonly errors: readonly string[];
}

/** Adds the options to `command`. The function that is given back reads the outcome after parsing. */
export function addOptions<Values>(command: Command, table: OptionTable<Values>): () => ParsedOptions<Values> {
  const given = new Set<keyof Values>();
  const errors: string[] = [];
  for (const name of Object.keys(table) as (keyof Values & string)[]) {
    const { parse, ...row }: OptionRow<Values[typeof name]> = table[name];
    const option = new Option(row.flags, describeOption(row))
      .default(row.initial, row.defaultText)
      .helpGroup(row.group)
      .hideHelp(row.isHidden === true);
    option.argParser<Values[typeof name]>((text, before) => {
      try {
        checkUse(text, { row, isGiven: given.has(name) });
        return parse(text, before);
      } catch (error) {
        if (!(error instanceof InvalidArgumentError)) throw error;
        errors.push(`${longFlag(row)}: ${error.message}`);
        return before;
      } finally {
        given.add(name);
      }
    });
    command.addOption(option);
  }
  return () => ({ values: command.opts() as Values, given, errors });
}

/** commander takes whatever follows as the value, another flag too, and of a flag that is given twice the last. */
function checkUse(
  text: string,
  { row, isGiven }: { readonly row: Pick<OptionRow<unknown>, "flags" | "initial">; readonly isGiven: boolean },
): void {
  if (/^--?[a-z]/i.test(text)) {
    throw new InvalidArgumentError(`found ${text.split("=", 1).join()} in place of a value; write ${row.flags}`);
  }
  if (isGiven && !Array.isArray(row.initial)) throw new InvalidArgumentError("given more than once; give it once");
}

/** The sentence of an option for the help and the README. */
export function describeOption({ help, initial }: Pick<OptionRow<unknown>, "help" | "initial">): string {
  return Array.isArray(initial) ? `${help}; may be given several times` : help;
}

/** The long flag of an option, such as `--tls-dir`. */
export function longFlag({ flags }: Pick<OptionRow<unknown>, "flags">): string {
  return /--[\w-]+/.exec(flags)?.join() ?? flags;
}
