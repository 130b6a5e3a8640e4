/**
 * The manifest files of `--credentials` as last seen. Each refresh reads what has changed; a file that cannot be read keeps
 * the contents it had. It logs nothing.
 */
import { stat } from "node:fs/promises";
import { type CredentialFile, readCredentialFile } from "./credential-manifest.ts";
import { describeManifestError, errorOfSystem, type ManifestError } from "./manifest-error.ts";
import { listManifestFiles, readManifestFile } from "./manifest-files.ts";

/** What a refresh found. */
export interface Refresh {
  /** Whether the contents in force differ from those before. */
  readonly changed: boolean;
  /** Those that were not there before. */
  readonly newErrors: readonly ManifestError[];
}

interface KnownFile {
  /** Changes with each replacement or edit of the file. */
  readonly fingerprint: string;
  /** Errors of the newest state; the contents are then of an older one. */
  readonly errors: readonly ManifestError[];
  /** The last good contents; undefined when there were none yet. */
  readonly contents: CredentialFile | undefined;
}

/** @see refresh */
export class CredentialFiles {
  readonly #paths: readonly string[];
  readonly #defaultNamespace: string;
  /** Files of each path argument, as last listed. */
  readonly #listings: Map<string, readonly string[]> = new Map();
  #files: ReadonlyMap<string, KnownFile> = new Map();
  #errors: readonly ManifestError[] = [];

  constructor(paths: readonly string[], defaultNamespace: string) {
    this.#paths = paths;
    this.#defaultNamespace = defaultNamespace;
  }

  /** Contents in force, in the order of paths and names. */
  get contents(): readonly CredentialFile[] {
    return [...this.#files.values()].flatMap(({ contents }) => (contents === undefined ? [] : [contents]));
  }

  /** What is wrong with the files now. */
  get errors(): readonly ManifestError[] {
    return this.#errors;
  }

  /** Checks every path and reads what is new. Never throws; calls must not overlap. */
  async refresh(): Promise<Refresh> {
    const errors: ManifestError[] = [];
    const files = new Map<string, KnownFile>();
    for (const path of this.#paths) {
      for (const file of await this.#list(path, errors)) {
        const known = await this.#check(file);
        files.set(file, known);
        errors.push(...known.errors);
      }
    }
    const changed = !hasSameContents(this.#files, files);
    this.#files = files;
    const known = new Set(this.#errors.map(describeManifestError));
    const newErrors = errors.filter((error) => !known.has(describeManifestError(error)));
    this.#errors = errors;
    return { changed, newErrors };
  }

  async #list(path: string, errors: ManifestError[]): Promise<readonly string[]> {
    try {
      const files = await listManifestFiles(path);
      this.#listings.set(path, files);
      return files;
    } catch (error) {
      errors.push(errorOfSystem(path, error));
      return this.#listings.get(path) ?? [];
    }
  }

  async #check(path: string): Promise<KnownFile> {
    const known = this.#files.get(path);
    try {
      // Taken before the file is read: an edit in between changes it once more.
      const fingerprint = await fingerprintOf(path);
      return known?.fingerprint === fingerprint ? known : await this.#read(path, fingerprint, known);
    } catch (error) {
      return { fingerprint: "", errors: [errorOfSystem(path, error)], contents: known?.contents };
    }
  }

  async #read(path: string, fingerprint: string, known: KnownFile | undefined): Promise<KnownFile> {
    const contents = readCredentialFile(await readManifestFile(path), this.#defaultNamespace);
    const { errors } = contents;
    return { fingerprint, errors, contents: errors.length > 0 ? known?.contents : contents };
  }
}

/** Follows symbolic links, so that a swapped link counts as an edit. */
async function fingerprintOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}

function hasSameContents(before: ReadonlyMap<string, KnownFile>, after: ReadonlyMap<string, KnownFile>): boolean {
  return (
    before.size === after.size && [...after].every(([path, { contents }]) => before.get(path)?.contents === contents)
  );
}
