/** What a shell offers while a command is typed: commands, flags and values, from the same tables that parse them. */
import type { Command, Option } from "commander";
import { type ObjectSelection, parseObjectArguments } from "../explain/object-arguments.ts";
import type { ClusterOptions } from "../flags/cluster-options.ts";

/** What may stand at the place of the last word. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  /** Whether files may stand there. */
  readonly isFile: boolean;
  /** Names that only the cluster knows. */
  readonly lookup?: NameLookup;
}

/** Names of the cluster that the arguments choose. */
export interface NameLookup {
  readonly of: "contexts" | "namespaces" | ObjectSelection;
  /** What a name begins with. */
  readonly text: string;
  /** What stands before it in the same word. */
  readonly prefix: string;
  readonly cluster: ClusterOptions;
  /** undefined for that of the kubeconfig's context. */
  readonly namespace: string | undefined;
}

/** A word with what it means. */
export interface Candidate {
  readonly text: string;
  readonly help?: string;
}

const NOTHING: Completion = { candidates: [], isFile: false };

/** Completes the last of `words`, which may be empty; the program's own name is not among them. */
export function complete(program: Command, words: readonly string[]): Completion {
  const [name = "", ...rest] = words;
  const help = program.createHelp();
  const commands = help.visibleCommands(program);
  const last = rest.at(-1);
  if (last === undefined) {
    return beginningWith(
      name,
      commands.map((command) => ({ text: command.name(), help: command.description() })),
    );
  }
  const command = commands.find((candidate) => candidate.name() === name);
  if (command === undefined) return NOTHING;
  const options = help.visibleOptions(command);
  const value = valueAt(rest, options);
  const { operands, values } = readWords(rest.slice(0, -1), options);
  const chosen = {
    cluster: { kubeconfig: values.get("--kubeconfig"), context: values.get("--context") },
    namespace: values.get("--namespace"),
  };
  if (value !== undefined) {
    const of = NAMES.get(value.option.long ?? "");
    const { text, prefix } = value;
    return of === undefined
      ? completeValue(value.option, value)
      : { ...NOTHING, lookup: { of, text, prefix, ...chosen } };
  }
  return last.startsWith("-")
    ? beginningWith(
        last,
        options.map(({ long, short, description }) => ({ text: long ?? short ?? "", help: description })),
      )
    : completeArgument(command, [...operands, last], chosen);
}

/** Options whose values are names of the cluster. */
const NAMES: ReadonlyMap<string, "namespaces" | "contexts"> = new Map([
  ["--namespace", "namespaces"],
  ["--context", "contexts"],
]);

interface Words {
  /** What is beside the options. */
  readonly operands: readonly string[];
  /** By the long flag. */
  readonly values: ReadonlyMap<string, string>;
}

/** Reads the words that are complete. */
function readWords(words: readonly string[], options: readonly Option[]): Words {
  const operands: string[] = [];
  const values = new Map<string, string>();
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    const [, flag = word, text] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
    const option = options.find(({ long, short }) => flag === long || flag === short);
    if (option === undefined) {
      if (!word.startsWith("-")) operands.push(word);
      continue;
    }
    if (text === undefined && option.required) {
      if (words[index + 1] === "=") index += 1;
      index += 1;
    }
    const value = text ?? words[index];
    if (value !== undefined) values.set(option.long ?? "", value);
  }
  return { operands, values };
}

/** The value of an option: its first part, and what stands before it in the same word. */
interface Value {
  readonly option: Option;
  readonly text: string;
  readonly prefix: string;
}

/** Finds the option that the last word is the value of; bash makes three words of `--output=json`. */
function valueAt(words: readonly string[], options: readonly Option[]): Value | undefined {
  const find = (flag: string | undefined, mayBeLeftOut: boolean): Option | undefined =>
    options.find(
      ({ long, short, required, optional }) =>
        flag !== undefined && [long, short].includes(flag) && (required || (optional && mayBeLeftOut)),
    );
  const [third, second, last = ""] = [words.at(-3), words.at(-2), words.at(-1)];
  const [flag, text] = /^(--[\w-]+)=(.*)$/s.exec(last)?.slice(1) ?? [];
  const candidates = [
    { option: find(flag, true), text: text ?? "", prefix: `${flag}=` },
    { option: second === "=" ? find(third, true) : undefined, text: last, prefix: "" },
    { option: last === "=" ? find(second, true) : undefined, text: "", prefix: "" },
    { option: find(second, false), text: last, prefix: "" },
  ];
  return candidates.find((candidate): candidate is Value => candidate.option !== undefined);
}

/** Values that name a file, by what the help calls them. */
const FILE = /<(?:path|file|dir)>$/;

function completeValue({ argChoices = [], flags }: Option, { text, prefix }: Value): Completion {
  if (FILE.test(flags)) return { candidates: [], isFile: true };
  const values = beginningWith(
    text,
    argChoices.map((choice) => ({ text: choice })),
  );
  return { ...values, candidates: values.candidates.map((candidate) => ({ text: prefix + candidate.text })) };
}

/** Types of objects, and behind a type the names of them. */
function completeArgument(
  { registeredArguments: [argument] }: Command,
  operands: readonly string[],
  chosen: Pick<NameLookup, "cluster" | "namespace">,
): Completion {
  const types = argument?.argChoices ?? [];
  const [first = "", last = ""] = [operands[0], operands.at(-1)];
  const slash = last.indexOf("/") + 1;
  const type = slash > 0 ? last.slice(0, slash - 1) : operands.length > 1 && !first.includes("/") ? first : undefined;
  if (type === undefined || types.length === 0) {
    return beginningWith(
      last,
      types.map((choice) => ({ text: choice })),
    );
  }
  const [of] = parseObjectArguments([type]).selections;
  return of === undefined
    ? NOTHING
    : { ...NOTHING, lookup: { of, text: last.slice(slash), prefix: last.slice(0, slash), ...chosen } };
}

function beginningWith(text: string, candidates: readonly Candidate[]): Completion {
  return { candidates: candidates.filter((candidate) => candidate.text.startsWith(text)), isFile: false };
}

/** Cobra's directives, which kubectl and our own scripts read: 4 is "no files", 0 leaves them to the shell. */
const DIRECTIVES = { files: ":0", noFiles: ":4" } as const;

/**
 * Writes a completion as cobra does: a line for each candidate, and a directive at the end.
 * @see https://github.com/spf13/cobra/blob/main/site/content/completions/_index.md
 */
export function formatCompletion({ candidates, isFile }: Completion): string {
  const lines = candidates.map(({ text, help }) => (help === undefined ? text : `${text}\t${help}`));
  return [...lines, isFile ? DIRECTIVES.files : DIRECTIVES.noFiles].map((line) => `${line}\n`).join("");
}
