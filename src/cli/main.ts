/** The program: hands the process to the command, and the only place that ends it. */
import { runCommand } from "./program.ts";

// A reader that goes away, as `head` does, is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

// Node itself would print the message, and the line of the source.
process.on("uncaughtException", endByError);

runCommand(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  columns: process.stdout.columns,
  exit: (status) => process.exit(status),
}).then((status) => {
  process.exitCode = status;
}, endByError);

/** The message of an unforeseen error may quote its input. */
function endByError(error: unknown): void {
  process.stderr.write(`pullring: internal error (${error instanceof Error ? error.name : typeof error})\n`);
  process.exit(1);
}
