/** What every command is given by the process it runs in. */
import type { Writable } from "node:stream";

/** The outside of a command. */
export interface CommandContext {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Whether standard output is for eyes that like colour. */
  readonly hasColour: boolean;
  /** Ends the process at once; for the second signal and for errors that nobody caught. */
  readonly exit: (status: number) => void;
}
