/** What every command has from outside: the process it runs in, and the version of this build. */
import { readFileSync } from "node:fs";
import type { Writable } from "node:stream";

/** The process as a command sees it. */
export interface CommandContext {
  /** What a person types to call it; `pullring` when it is absent. */
  readonly programName?: string;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Width of the terminal in characters; undefined when standard output is not a terminal. */
  readonly columns: number | undefined;
  /** Ends the process at once; for the second signal and for errors that nobody caught. */
  readonly exit: (status: number) => void;
  /** Where a log goes; standard output, buffered, when it is absent. */
  readonly logDestination?: { write(line: string): void };
}

/** Put in by the bundler; absent when the program runs from its sources. */
declare const PULLRING_VERSION: string | undefined;

/** Gives the version of package.json. */
export function readVersion(): string {
  if (typeof PULLRING_VERSION === "string") return PULLRING_VERSION;
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}
