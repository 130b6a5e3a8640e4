/** The program: hands the process to the command, and the only place that ends it. */
import { basename } from "node:path";
import { serializeError } from "../telemetry/serialize-error.ts";
import { runCommand } from "./program.ts";

// A reader that goes away, as `head` does, is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

// Node itself would print the message, and the line of the source.
process.on("uncaughtException", endByError);

// kubectl finds its plugins by their names on the PATH.
const isPlugin = basename(process.argv[1] ?? "") === "kubectl-pullring";

runCommand(process.argv.slice(2), {
  programName: isPlugin ? "kubectl pullring" : "pullring",
  stdout: process.stdout,
  stderr: process.stderr,
  columns: process.stdout.columns,
  exit: (status) => process.exit(status),
}).then((status) => {
  process.exitCode = status;
}, endByError);

/** Tells where an unforeseen error was raised; its message may quote its input, and is left out. */
function endByError(error: unknown): void {
  const { name, frames } = serializeError(error);
  const lines = [`pullring: internal error (${name})`, ...frames.map((frame) => `  at ${frame}`)];
  process.stderr.write(lines.map((line) => `${line}\n`).join(""));
  process.exit(1);
}
