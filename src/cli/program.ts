/** The command line: finds the command that the arguments name, checks its options and runs it. Ends no process. */
import { Argument, Command, CommanderError, Option } from "commander";
import { AppError, ConfigError } from "../core/app-error.ts";
import { escapeText } from "../core/quoted-text.ts";
import { type CommandContext, readVersion } from "./command.ts";
import { complete, formatCompletion } from "./completion/complete.ts";
import { SHELL_SCRIPTS, SHELLS } from "./completion/shell-scripts.ts";
import { CONTROLLER_OPTIONS, type ControllerOptions, checkControllerOptions } from "./controller/options.ts";
import { DOCTOR_OPTIONS, type DoctorOptions } from "./doctor/options.ts";
import { OBJECT_TYPES } from "./explain/object-arguments.ts";
import { checkExplainOptions, EXPLAIN_OPTIONS, type ExplainOptions } from "./explain/options.ts";
import { addOptions, type OptionTable, type ParsedOptions } from "./flags/option-table.ts";
import { showValue } from "./flags/option-values.ts";
import { checkServeOptions, SERVE_OPTIONS, type ServeOptions } from "./serve/options.ts";

/** A command: what its help says, and how it runs. */
export interface CommandDefinition<Options> {
  readonly name: string;
  readonly description: string;
  readonly options: OptionTable<Options>;
  /** What may stand beside the options, in commander's notation, and its help; absent: nothing may. */
  readonly argument?: { readonly name: string; readonly help: string; readonly choices: readonly string[] };
  /** Gives one line for each option that is missing or contradicts another. */
  readonly check: (parsed: ParsedOptions<Options>, args: readonly string[]) => readonly string[];
  /** Runs the command and gives its exit status; `args` are beside the options. Its code is loaded only here. */
  readonly run: (options: Options, context: CommandContext, args: readonly string[]) => Promise<number>;
}

/** `pullring serve` */
export const SERVE: CommandDefinition<ServeOptions> = {
  name: "serve",
  description: "Run the admission webhook.",
  options: SERVE_OPTIONS,
  check: checkServeOptions,
  run: async (options, context) => (await import("./serve/serve.ts")).serve(options, context),
};

/** `pullring controller` */
export const CONTROLLER: CommandDefinition<ControllerOptions> = {
  name: "controller",
  description: "Run what goes on after admission, beside the webhook.",
  options: CONTROLLER_OPTIONS,
  check: checkControllerOptions,
  run: async (options, context) => (await import("./controller/controller.ts")).controller(options, context),
};

/** `pullring explain` */
export const EXPLAIN: CommandDefinition<ExplainOptions> = {
  name: "explain",
  description: "Explain why an image does not come, or what would be injected into manifests.",
  argument: {
    name: "[object...]",
    help: "objects of the cluster, as kubectl takes them: pod/web, deployment/shop, pods -l app=web, jobs -A",
    choices: OBJECT_TYPES,
  },
  options: EXPLAIN_OPTIONS,
  check: checkExplainOptions,
  run: async (options, context, args) => (await import("./explain/explain.ts")).explain(options, context, args),
};

/** `pullring doctor` */
export const DOCTOR: CommandDefinition<DoctorOptions> = {
  name: "doctor",
  description: "Check the installation, and what keeps images of the cluster from coming.",
  options: DOCTOR_OPTIONS,
  check: () => [],
  run: async (options, context) => (await import("./doctor/doctor.ts")).doctor(options, context),
};

/**
 * Runs the command of `args`.
 * @param args without the program's name
 * @returns the exit status: 0, or 2 for wrong arguments or input, which standard error names
 */
export async function runCommand(args: readonly string[], context: CommandContext): Promise<number> {
  const { stdout, stderr } = context;
  let status = 0;
  const program = createProgram(context);
  function add<Options>(definition: CommandDefinition<Options>): void {
    addCommand(program, definition, async (options, args) => {
      status = await definition.run(options, context, args);
    });
  }
  add(SERVE);
  add(EXPLAIN);
  add(DOCTOR);
  add(CONTROLLER);
  addCompletion(program, context);
  program
    .command("version")
    .description("Show the version.")
    .action(() => void stdout.write(`${versionLine()}\n`));
  // Asked by shells and kubectl; what comes behind is no command line that can be parsed yet.
  if (args[0] === "__complete") {
    const completion = complete(program, args.slice(1));
    const { lookup } = completion;
    const names = lookup && (await (await import("./completion/cluster-names.ts")).readNames(lookup));
    stdout.write(formatCompletion(names === undefined ? completion : { ...completion, candidates: names }));
    return 0;
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return status;
  } catch (error) {
    // Help or the version was asked for; the help that was not asked for ends with another status.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof AppError)) throw error;
    const errors = error instanceof ConfigError ? error.errors : [error.message];
    const command = program.commands.find((candidate) => candidate.name() === args[0]);
    stderr.write(errors.map((line) => `pullring: ${line}\n`).join(""));
    stderr.write(`See ${program.name()} ${command === undefined ? "" : `${command.name()} `}--help\n`);
    return 2;
  }
}

function createProgram({ stdout, stderr, columns = 80, programName = "pullring" }: CommandContext): Command {
  return new Command(programName)
    .description("Adds the imagePullSecrets that workloads need, decided as the kubelet decides.")
    .version(versionLine(), "-V, --version", "show the version")
    .addHelpOption(new Option("-h, --help", "show this help"))
    .helpCommand("help [command]", "Show the help of a command.")
    .exitOverride((error) => rejectArguments(error))
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => columns,
      getErrHelpWidth: () => columns,
    })
    .configureHelp({
      minWidthToWrap: 20,
      argumentDescription: ({ description }) => description,
      optionDescription: ({ description, defaultValueDescription: shown }) =>
        shown === undefined ? description : `${description} (default ${shown})`,
    });
}

function versionLine(): string {
  return `pullring ${readVersion()}`;
}

/**
 * Adds a command to `program`, which calls `run` once all options are right.
 * @throws ConfigError when it parses arguments that are wrong: everything that is wrong with them, at once
 */
export function addCommand<Options>(
  program: Command,
  { name, description, argument, options, check }: Omit<CommandDefinition<Options>, "run">,
  run: (options: Options, args: readonly string[]) => Promise<void>,
): void {
  const command = program.command(name).description(description).allowExcessArguments();
  if (argument !== undefined) command.addArgument(argumentOf(argument));
  const parsed = addOptions(command, options);
  const listErrors = (): readonly string[] => [...parsed().errors, ...check(parsed(), operandsOf(command))];
  command
    .exitOverride((error) => rejectArguments(error, listErrors()))
    .action(async () => {
      const unexpected = argument === undefined ? command.args : [];
      const strays = unexpected.map((text) => `unexpected argument ${showValue(text)}`);
      const errors = [...strays.map((stray) => `${stray}; every value follows the name of its flag`), ...listErrors()];
      if (errors.length > 0) throw new ConfigError(errors);
      await run(parsed().values, command.args);
    });
}

/** The choices are for completion alone: others may be right as well. */
function argumentOf({ name, help, choices }: NonNullable<CommandDefinition<unknown>["argument"]>): Argument {
  return Object.assign(new Argument(name, help), { argChoices: [...choices] });
}

/** `pullring completion` */
function addCompletion(program: Command, { stdout }: CommandContext): void {
  program
    .command("completion")
    .description("Print the completion of pullring for a shell.")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .action((shell: (typeof SHELLS)[number]) => void stdout.write(SHELL_SCRIPTS[shell]));
}

/** commander counts options that it does not know among the arguments. */
function operandsOf({ args }: Command): readonly string[] {
  return args.filter((argument) => !argument.startsWith("-"));
}

/** commander ends at the first argument that it does not know; `others` are the errors that were found besides. */
function rejectArguments(error: CommanderError, others: readonly string[] = []): never {
  if (error.exitCode === 0 || error.code === "commander.help") throw error;
  const sentence = error.message.replace(/^error: /, "").replace(/\n\(Did you mean (.*)\?\)$/, "; did you mean $1?");
  throw new ConfigError([escapeText(sentence), ...others]);
}
