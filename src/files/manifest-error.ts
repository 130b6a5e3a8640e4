/** What is wrong with a manifest file. An error never quotes the file: a manifest may hold passwords. */
import { escapeText } from "../core/quoted-text.ts";

/** One error of one file or directory. */
export interface ManifestError {
  /** The path as given or found below a given directory; `-` for standard input. */
  readonly path: string;
  /** Line of the error, counted from 1; null where it is of no line. */
  readonly line: number | null;
  /** A lower-case phrase of our own words. */
  readonly reason: string;
}

/** Gives an error as one line for a person: `path:line: reason`. */
export function describeManifestError({ path, line, reason }: ManifestError): string {
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

/** Says why the system could not read `path`. */
export function errorOfSystem(path: string, error: unknown): ManifestError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT" && /^https?:\/\//.test(path)) {
    return { path, line: null, reason: "URLs are not read; pipe what curl prints into -f -" };
  }
  return { path, line: null, reason: SYSTEM_REASONS.get(code) ?? `not readable (${code || "unknown error"})` };
}
