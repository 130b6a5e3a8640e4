/** What is wrong with a manifest file. A fault never quotes the file: a manifest may hold passwords. */
import { escapeText } from "../core/quoted-text.ts";

/** One fault of one file or directory. */
export interface ManifestFault {
  /** The path as given or found below a given directory; `-` for standard input. */
  readonly path: string;
  /** Line of the fault, counted from 1; null where no line is to blame. */
  readonly line: number | null;
  /** A lower-case phrase of our own words. */
  readonly reason: string;
}

/** Gives a fault as one line for a person: `path:line: reason`. */
export function describeFault({ path, line, reason }: ManifestFault): string {
  return `${escapeText(path)}${line === null ? "" : `:${line}`}: ${reason}`;
}

const SYSTEM_REASONS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "no such file or directory"],
  ["EACCES", "permission denied"],
  ["EPERM", "permission denied"],
  ["ELOOP", "too many symbolic links"],
  ["ENOTDIR", "a part of the path is not a directory"],
  ["EISDIR", "is a directory"],
  ["ERR_FS_FILE_TOO_LARGE", "larger than 2 GiB"],
  ["ERR_STRING_TOO_LONG", "larger than 512 MiB"],
]);

/** Tells why the system could not read `path`. */
export function faultOfSystemError(path: string, error: unknown): ManifestFault {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return {
    path,
    line: null,
    reason: SYSTEM_REASONS.get(code) ?? `not readable (${code || "unknown error"})`,
  };
}
