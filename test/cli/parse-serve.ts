/** Parses arguments of `pullring serve` without running it. */
import { Command } from "commander";
import { addCommand, SERVE } from "../../src/cli/program.ts";
import type { ServeOptions } from "../../src/cli/serve/options.ts";
import { ConfigError } from "../../src/core/app-error.ts";

/** Gives the options, all defaults included. @throws ConfigError with everything that is wrong with `args` */
export async function parseServe(args: readonly string[]): Promise<ServeOptions> {
  let parsed: ServeOptions | undefined;
  const program = new Command();
  addCommand(program, SERVE, async (options) => {
    parsed = options;
  });
  await program.parseAsync(["serve", ...args], { from: "user" });
  if (parsed === undefined) throw new ConfigError(["the command was not run"]);
  return parsed;
}
