/** Finds and reads manifest files as `kubectl -f` does: a file whatever its name, a directory without those below it, or with them. */
import type { Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { JsonObject } from "../core/json-value.ts";
import { expandGlob, isGlob } from "./glob.ts";
import { errorOfSystem, type ManifestError } from "./manifest-error.ts";
import { parseManifests } from "./parse-manifests.ts";

/** Stands for standard input in place of a path. */
export const STANDARD_INPUT = "-";

/** The objects of one file, its errors and its notes; an object list beside errors holds what could be read. */
export interface ManifestFile {
  readonly path: string;
  readonly objects: readonly JsonObject[];
  readonly errors: readonly ManifestError[];
  /** What is odd without being wrong. */
  readonly notes: readonly ManifestError[];
}

/** Files of a directory that count as manifests, as for kubectl. */
const MANIFEST_NAME = /\.(?:ya?ml|json)$/;

/**
 * Lists the files that `path` stands for: itself, or the manifests in the directory, sorted by name.
 * @param isRecursive whether those of the directories below it count as well
 * @throws the error of the system when `path` cannot be read
 */
export async function listManifestFiles(path: string, isRecursive = false): Promise<readonly string[]> {
  if (path === STANDARD_INPUT || !(await stat(path)).isDirectory()) return [path];
  const entries = (await readdir(path, { withFileTypes: true })).sort(byName);
  const files: string[] = [];
  for (const entry of entries) {
    const inside = join(path, entry.name);
    if (!entry.isDirectory()) {
      if (MANIFEST_NAME.test(entry.name)) files.push(inside);
    } else if (isRecursive) {
      files.push(...(await listManifestFiles(inside, true)));
    }
  }
  return files;
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}

/** Reads one file, or standard input; never throws. */
export async function readManifestFile(path: string): Promise<ManifestFile> {
  try {
    const text = decodeText(path === STANDARD_INPUT ? await buffer(process.stdin) : await readFile(path));
    if (text.includes("\0")) return emptyFile(path, "not a text; save it as UTF-8");
    const { objects, errors, notes } = await parseManifests(text, path.endsWith(".json") ? "JSON" : "YAML");
    const withPath = (error: Omit<ManifestError, "path">): ManifestError => ({ path, ...error });
    return { path, objects, errors: errors.map(withPath), notes: notes.map(withPath) };
  } catch (error) {
    return { path, objects: [], errors: [errorOfSystem(path, error)], notes: [] };
  }
}

/** A byte order mark tells UTF-16, as Windows PowerShell writes it; without one it is UTF-8. */
function decodeText(bytes: Buffer): string {
  const mark = bytes.toString("latin1", 0, 2);
  if (mark === "\xff\xfe") return new TextDecoder("utf-16le").decode(bytes);
  if (mark === "\xfe\xff") return new TextDecoder("utf-16be").decode(bytes);
  return bytes.toString("utf8").replace(/^\ufeff/, "");
}

/**
 * Reads all files that `paths` stand for, in order; never throws. A directory without manifests is an error.
 * @param isRecursive whether those of the directories below count as well
 */
export async function* readManifestFiles(
  paths: readonly string[],
  isRecursive: boolean,
): AsyncGenerator<ManifestFile, void, void> {
  for (const path of await expandPaths(paths)) {
    try {
      const files = await listManifestFiles(path, isRecursive);
      if (files.length === 0)
        yield emptyFile(path, isRecursive ? NO_MANIFESTS : `${NO_MANIFESTS}; -R reads those below it`);
      for (const file of files) yield await readManifestFile(file);
    } catch (error) {
      yield { path, objects: [], errors: [errorOfSystem(path, error)], notes: [] };
    }
  }
}

/** A pattern without a match stays as it is, and is told of as a file that is not there. */
async function expandPaths(paths: readonly string[]): Promise<readonly string[]> {
  const expanded = await Promise.all(
    paths.map(async (path) => {
      const isFile = !isGlob(path) || (await stat(path).catch(() => undefined)) !== undefined;
      const found = isFile ? [] : await expandGlob(path);
      return found.length === 0 ? [path] : found;
    }),
  );
  return expanded.flat();
}

const NO_MANIFESTS = "the directory has no manifest (*.yaml, *.yml or *.json)";

function emptyFile(path: string, reason: string): ManifestFile {
  return { path, objects: [], errors: [{ path, line: null, reason }], notes: [] };
}
