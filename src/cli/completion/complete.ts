/** What a shell offers while a command is typed: commands, flags and values, from the same tables that parse them. */
import type { Command, Option } from "commander";

/** What may stand at the place of the last word. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  /** Whether files may stand there. */
  readonly isFile: boolean;
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
  if (value !== undefined) return completeValue(value.option, value);
  return last.startsWith("-")
    ? beginningWith(
        last,
        options.map(({ long, short, description }) => ({ text: long ?? short ?? "", help: description })),
      )
    : completeArgument(command, last);
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

function completeArgument({ registeredArguments: [argument] }: Command, text: string): Completion {
  return beginningWith(
    text,
    (argument?.argChoices ?? []).map((choice) => ({ text: choice })),
  );
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
