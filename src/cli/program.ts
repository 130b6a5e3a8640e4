/** Finds the command that the arguments name, checks all of its flags and runs it. Ends no process. */
import { AppError, ConfigError } from "../core/app-error.ts";
import type { CommandContext } from "./command.ts";
import { checkExplainFlags, EXPLAIN_FLAGS } from "./explain/options.ts";
import type { FlagTable } from "./flags/flag.ts";
import { renderFlagHelp } from "./flags/flag-help.ts";
import { showValue } from "./flags/flag-value.ts";
import { nearestName } from "./flags/nearest-name.ts";
import { type ParsedFlags, parseFlags } from "./flags/parse-flags.ts";
import { checkServeFlags } from "./serve/check-options.ts";
import { SERVE_FLAGS } from "./serve/options.ts";
import { readVersion } from "./version.ts";

/** A command: what its help says, and how it runs. */
interface Command {
  readonly summary: string;
  readonly usage: string;
  readonly flags: FlagTable;
  readonly run: (args: readonly string[], context: CommandContext) => Promise<number>;
}

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  [
    "serve",
    {
      summary: "run the admission webhook",
      usage: "pullring serve [flags]",
      flags: SERVE_FLAGS,
      run: async (args: readonly string[], context: CommandContext) => {
        const parsed = parseFlags(args, SERVE_FLAGS);
        refuseFaults(parsed, checkServeFlags(parsed));
        const { serve } = await import("./serve/serve.ts");
        return serve(parsed.values, context);
      },
    },
  ],
  [
    "explain",
    {
      summary: "tell what would be injected, and why",
      usage: "pullring explain -f PATH [flags]",
      flags: EXPLAIN_FLAGS,
      run: async (args: readonly string[], context: CommandContext) => {
        const parsed = parseFlags(args, EXPLAIN_FLAGS);
        refuseFaults(parsed, checkExplainFlags(parsed));
        const { explain } = await import("./explain/explain.ts");
        return explain(parsed.values, context);
      },
    },
  ],
]);

/**
 * Runs the command of `args`.
 * @param args without the program's name
 * @returns the exit status: 0, or 2 for wrong arguments or input, told on standard error
 */
export async function runCommand(args: readonly string[], context: CommandContext): Promise<number> {
  const [name = "", ...rest] = args;
  const command = COMMANDS.get(name);
  try {
    return command === undefined
      ? runGeneral(name, rest, context)
      : await runOne({ name, command, args: rest }, context);
  } catch (error) {
    if (error instanceof AppError) {
      const faults = error instanceof ConfigError ? error.errors : [error.message];
      tellFaults(faults, command === undefined ? "pullring" : `pullring ${name}`, context);
      return 2;
    }
    throw error;
  }
}

function runOne(
  {
    name,
    command,
    args,
  }: { readonly name: string; readonly command: Command; readonly args: readonly string[] },
  context: CommandContext,
): Promise<number> | number {
  return asksForHelp(args) ? help(name, context) : command.run(args, context);
}

/** Help is given whatever else is wrong. */
function asksForHelp(args: readonly string[]): boolean {
  return args.some((argument) => argument === "--help" || argument === "-h");
}

function runGeneral(name: string, rest: readonly string[], context: CommandContext): number {
  switch (name) {
    case "":
      context.stderr.write(renderOverview());
      return 2;
    case "help":
    case "--help":
    case "-h":
      return help(rest[0] ?? "", context);
    case "--version":
    case "version":
      context.stdout.write(`pullring ${readVersion()}\n`);
      return 0;
    default:
      throw new ConfigError([faultOfUnknown(name)]);
  }
}

function help(name: string, { stdout }: CommandContext): number {
  const command = COMMANDS.get(name);
  if (command === undefined && name !== "") {
    throw new ConfigError([faultOfUnknown(name)]);
  }
  stdout.write(
    command === undefined
      ? renderOverview()
      : `${capitalize(command.summary)}.\n\nUsage: ${command.usage}\n\n${renderFlagHelp(command.flags)}`,
  );
  return 0;
}

function renderOverview(): string {
  const names = [...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(9)}${summary}\n`).join("");
  return `Adds the imagePullSecrets that workloads need, decided as the kubelet decides.\n
Usage: pullring COMMAND [flags]\n
${names}
  pullring COMMAND --help shows the flags of a command; pullring --version the version.\n`;
}

function faultOfUnknown(name: string): string {
  const nearest = nearestName(name, [...COMMANDS.keys(), "help", "version"]);
  const hint =
    nearest === undefined
      ? `the commands are ${[...COMMANDS.keys()].join(" and ")}`
      : `did you mean ${nearest}?`;
  return `unknown command ${showValue(name)}; ${hint}`;
}

function refuseFaults({ faults }: Pick<ParsedFlags<unknown>, "faults">, more: readonly string[]): void {
  const all = [...faults, ...more];
  if (all.length > 0) {
    throw new ConfigError(all);
  }
}

function tellFaults(faults: readonly string[], command: string, { stderr }: CommandContext): void {
  stderr.write(faults.map((fault) => `pullring: ${fault}\n`).join(""));
  stderr.write(`See ${command} --help\n`);
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
