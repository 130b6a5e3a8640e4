/** What every command is given by the process it runs in. */
import type { Writable } from "node:stream";

/** The outside of a command. */
export interface CommandContext {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Width of the terminal in characters; undefined when standard output is not a terminal. */
  readonly columns: number | undefined;
  /** Ends the process at once; for the second signal and for errors that nobody caught. */
  readonly exit: (status: number) => void;
  /** Where a log goes; standard output, buffered, when it is absent. */
  readonly logDestination?: { write(line: string): void };
}
