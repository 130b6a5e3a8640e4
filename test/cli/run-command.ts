/** Runs a command of pullring inside the test, with streams that collect what it writes. */
import { Writable } from "node:stream";
import { runCommand } from "../../src/cli/program.ts";
import type { Run } from "./run-pullring.ts";

/** Runs `pullring` with `args` to its end, as if in a pipe or in a terminal of `columns` characters. */
export async function run(args: readonly string[], columns?: number): Promise<Run> {
  const stdout = collect();
  const stderr = collect();
  const exit = (status: number): never => {
    throw new Error(`exit with ${status}`);
  };
  const status = await runCommand(args, { stdout: stdout.stream, stderr: stderr.stream, columns, exit });
  return { status, stdout: stdout.text(), stderr: stderr.text() };
}

function collect(): { readonly stream: Writable; readonly text: () => string } {
  const chunks: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => chunks.join("") };
}
