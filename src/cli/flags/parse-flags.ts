/** Parses the arguments of a command by its table of flags. Finds every fault; prints and exits nothing. */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { type Flag, FlagFault, type FlagTable, type FlagValues } from "./flag.ts";
import { showValue } from "./flag-value.ts";
import { nearestName } from "./nearest-name.ts";

/** The values of all flags, defaults included, and every fault in order of appearance. */
export interface ParsedFlags<Table> {
  readonly values: FlagValues<Table>;
  /** Names of the flags that were given. */
  readonly given: ReadonlySet<string>;
  readonly faults: readonly string[];
}

interface Token {
  readonly kind: string;
  readonly index: number;
  readonly name?: string;
  readonly rawName?: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

/** Parses `args`; a flag that is given twice without being repeatable, and a word that is no flag, are faults. */
export function parseFlags<Table extends FlagTable>(
  args: readonly string[],
  table: Table,
): ParsedFlags<Table> {
  const flags = new Map(Object.entries(table as Readonly<Record<string, Flag<unknown>>>));
  const values = new Map([...flags].map(([name, { initial }]) => [name, initial]));
  const given = new Set<string>();
  const { tokens, faults } = tokenize(args, flags);
  for (const [position, token] of tokens.entries()) {
    if (token.kind === "positional" && isUnknownFlag(tokens[position - 1], flags)) {
      continue;
    }
    const flag = flags.get(token.name ?? "");
    const fault =
      flag === undefined
        ? faultOfUnknown(token, flags)
        : take(token, { flag, values, isRepeated: given.has(token.name ?? "") });
    if (fault !== undefined) {
      faults.push(fault);
    }
    given.add(token.name ?? "");
  }
  return { values: Object.fromEntries(values) as FlagValues<Table>, given, faults };
}

/** The word behind an unknown flag is most likely its value and no fault of its own. */
function isUnknownFlag(token: Token | undefined, flags: ReadonlyMap<string, Flag<unknown>>): boolean {
  return token?.kind === "option" && token.value === undefined && !flags.has(token.name ?? "");
}

/** A flag that has no value, as the next one follows at once, is told and taken out, so that the next one is read as well. */
function tokenize(
  args: readonly string[],
  flags: ReadonlyMap<string, Flag<unknown>>,
): { readonly tokens: readonly Token[]; readonly faults: string[] } {
  const options: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [name, { placeholder, short }] of flags) {
    options[name] = {
      type: placeholder === null ? "boolean" : "string",
      ...(short !== undefined && { short }),
    };
  }
  const faults: string[] = [];
  let rest = args;
  for (;;) {
    const parsed = parseArgs({
      args: [...rest],
      options,
      strict: false,
      allowPositionals: true,
      tokens: true,
    });
    const tokens: readonly Token[] = parsed.tokens.filter(({ kind }) => kind !== "option-terminator");
    const bare = tokens.find(
      ({ value, inlineValue }) => inlineValue === false && value !== undefined && /^-./.test(value),
    );
    if (bare === undefined) {
      return { tokens, faults };
    }
    faults.push(faultOfMissingValue(bare, flags));
    rest = rest.toSpliced(bare.index, 1);
  }
}

function take(
  { name = "", rawName = "", value }: Token,
  context: {
    readonly flag: Flag<unknown>;
    readonly values: Map<string, unknown>;
    readonly isRepeated: boolean;
  },
): string | undefined {
  const { flag, values, isRepeated } = context;
  if (isRepeated && flag.isRepeatable !== true && flag.placeholder !== null) {
    return `${rawName} is given more than once; give it once`;
  }
  if ((value === undefined) !== (flag.placeholder === null)) {
    return value === undefined
      ? faultOfMissingValue({ kind: "option", index: 0, name, rawName }, new Map([[name, flag]]))
      : `${rawName} takes no value, found ${showValue(value)}`;
  }
  try {
    values.set(name, flag.accept(value ?? "", values.get(name)));
    return undefined;
  } catch (error) {
    if (error instanceof FlagFault) {
      return `${rawName}: ${error.message}`;
    }
    throw error;
  }
}

function faultOfMissingValue(
  { name = "", rawName = "" }: Token,
  flags: ReadonlyMap<string, Flag<unknown>>,
): string {
  return `${rawName} has no value; write ${rawName} ${flags.get(name)?.placeholder ?? "VALUE"}`;
}

function faultOfUnknown(
  { kind, name = "", rawName = "", value }: Token,
  flags: ReadonlyMap<string, Flag<unknown>>,
): string {
  if (kind === "positional") {
    return `unexpected argument ${showValue(value ?? "")}; every value follows the name of its flag`;
  }
  const nearest = nearestName(name, [...flags.keys()]);
  return `unknown flag ${showValue(rawName)}${nearest === undefined ? "; see --help" : `; did you mean --${nearest}?`}`;
}
