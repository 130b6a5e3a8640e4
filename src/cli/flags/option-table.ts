/** The options of a command as a table, the single source of parsing, `--help` and the README. */
import { type Command, InvalidArgumentError, Option } from "commander";

/** One option with its value of type `Value`. */
export interface OptionRow<Value> {
  /** As commander reads it, such as `-n, --namespace <name>`. */
  readonly flags: string;
  /** Heading of the help that begins with this option. */
  readonly group?: string;
  /** What it does, in one sentence. */
  readonly help: string;
  /** The default as a person would give it; [] for an option that may be given several times; absent: undefined. */
  readonly initial?: string | readonly [];
  /** What holds by default, in words, where `initial` does not say it. */
  readonly initialText?: string;
  /** What the flag stands for where no value follows it. */
  readonly preset?: string;
  /** The values that there are, for completion; absent: any. */
  readonly choices?: readonly string[];
  /** Left out of help and README: only tests need it. */
  readonly isHidden?: true;
  /**
   * Gives the value once `text` was given; `before` is the value so far.
   * @throws InvalidArgumentError when `text` is not a value of this option
   */
  readonly parse: (text: string, before: Value) => Value;
}

/** A row for each value, under commander's name for it: `tlsDir` for `--tls-dir`. The order is that of the help. */
export type OptionTable<Values> = {
  readonly [Name in keyof Values]: OptionRow<Values[Name]> &
    (undefined extends Values[Name] ? unknown : { readonly initial: string | readonly [] });
};

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
    const row: OptionRow<Values[typeof name]> = table[name];
    const { flags, group, help, initial, initialText, preset, choices, isHidden = false, parse } = row;
    const isText = typeof initial === "string";
    const option = new Option(flags, Array.isArray(initial) ? `${help}; may be given several times` : help)
      .default(isText ? parse(initial, undefined as never) : initial, initialText ?? (isText ? initial : undefined))
      .hideHelp(isHidden)
      .argParser<Values[typeof name]>((text, before) => {
        try {
          checkUse(text, row, given.has(name));
          return parse(text, before);
        } catch (error) {
          if (!(error instanceof InvalidArgumentError)) throw error;
          errors.push(`${longFlag(row)}: ${error.message}`);
          return before;
        } finally {
          given.add(name);
        }
      });
    if (preset !== undefined) option.preset(preset);
    if (choices !== undefined) option.argChoices = [...choices];
    if (group !== undefined) command.optionsGroup(group);
    command.addOption(option);
  }
  return () => ({ values: command.opts() as Values, given, errors });
}

/** commander takes whatever follows as the value, another flag too, and of a flag that is given twice the last. */
function checkUse(
  text: string,
  { flags, initial }: Pick<OptionRow<never>, "flags" | "initial">,
  isGiven: boolean,
): void {
  if (/^--?[a-z]/i.test(text)) {
    throw new InvalidArgumentError(`found ${text.split("=", 1).join()} in place of a value; write ${flags}`);
  }
  if (isGiven && !Array.isArray(initial)) throw new InvalidArgumentError("given more than once; give it once");
}

/** The long flag of an option, such as `--tls-dir`. */
export function longFlag({ flags }: Pick<OptionRow<never>, "flags">): string {
  return /--[\w-]+/.exec(flags)?.join() ?? flags;
}
