/** Runs a command of pullring inside the test. */
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { runCommand } from "../../src/cli/program.ts";
import type { Run } from "./run-pullring.ts";

/** Runs `pullring` with `args` to its end, as if in a pipe or in a terminal of `columns` characters. */
export async function run(args: readonly string[], columns?: number): Promise<Run> {
  const [output, errors] = [new PassThrough(), new PassThrough()];
  const texts = Promise.all([text(output), text(errors)]);
  const exit = (status: number): never => {
    throw new Error(`exit with ${status}`);
  };
  const status = await runCommand(args, { stdout: output, stderr: errors, columns, exit });
  output.end();
  errors.end();
  const [stdout, stderr] = await texts;
  return { status, stdout, stderr };
}
