/** Finds and reads manifest files as `kubectl -f` does: a file whatever its name, a directory without those below it. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { JsonObject } from "../core/json-value.ts";
import { errorOfSystem, type ManifestError } from "./manifest-error.ts";
import { parseManifests } from "./parse-manifests.ts";

/** Stands for standard input in place of a path. */
export const STANDARD_INPUT = "-";

/** The objects of one file, and its errors; an object list beside errors holds what could be read. */
export interface ManifestFile {
  readonly path: string;
  readonly objects: readonly JsonObject[];
  readonly errors: readonly ManifestError[];
}

/** Files of a directory that count as manifests, as for kubectl. */
const MANIFEST_NAME = /\.(?:ya?ml|json)$/;

/**
 * Lists the files that `path` stands for: itself, or the manifests right in the directory, sorted by name.
 * @throws the error of the system when `path` cannot be read
 */
export async function listManifestFiles(path: string): Promise<readonly string[]> {
  if (path === STANDARD_INPUT || !(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  const files = entries.filter((entry) => MANIFEST_NAME.test(entry.name) && !entry.isDirectory());
  return files.map(({ name }) => join(path, name)).sort();
}

/** Reads one file, or standard input; never throws. */
export async function readManifestFile(path: string): Promise<ManifestFile> {
  try {
    const content = path === STANDARD_INPUT ? await text(process.stdin) : await readFile(path, "utf8");
    const { objects, errors } = await parseManifests(content.replace(/^\ufeff/, ""));
    return { path, objects, errors: errors.map((error) => ({ path, ...error })) };
  } catch (error) {
    return { path, objects: [], errors: [errorOfSystem(path, error)] };
  }
}

/** Reads all files that `paths` stand for, in order; never throws. */
export async function* readManifestFiles(paths: readonly string[]): AsyncGenerator<ManifestFile, void, void> {
  for (const path of paths) {
    try {
      for (const file of await listManifestFiles(path)) yield await readManifestFile(file);
    } catch (error) {
      yield { path, objects: [], errors: [errorOfSystem(path, error)] };
    }
  }
}
