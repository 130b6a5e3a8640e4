/** Gives the credentials that stand in manifest files, and follows the edits of these files. Never keeps a payload. */
import { stat } from "node:fs/promises";
import type { NamespaceView } from "../core/admission/namespace-view.ts";
import { ConfigError } from "../core/app-error.ts";
import type { FindingCode } from "../core/verdicts/finding.ts";
import type { CredentialSource } from "../server/admission/ports.ts";
import { type Clock, SYSTEM_CLOCK } from "../telemetry/clock.ts";
import type { HealthCheck } from "../telemetry/health-check.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type CredentialFile, readCredentialFile } from "./credential-manifest.ts";
import { CredentialSet } from "./credential-set.ts";
import { describeManifestError, errorOfSystem, type ManifestError } from "./manifest-error.ts";
import { listManifestFiles, readManifestFile } from "./manifest-files.ts";

/** Pause between two checks of the files; an edit has to be in force within a second. */
const POLL_INTERVAL_MS = 250;

/** With very many files a check takes long: it may use at most a fifth of the time. */
const PAUSE_PER_CHECK = 4;

/** @see openFileCredentialSource */
export interface FileSourceOptions {
  /** Files and directories. */
  readonly paths: readonly string[];
  /** Namespace of the objects that name none. */
  readonly defaultNamespace: string;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/**
 * Reads all files once and makes the source.
 * @throws ConfigError with every error of every file
 */
export async function openFileCredentialSource(options: FileSourceOptions): Promise<FileCredentialSource> {
  const source = new FileCredentialSource(options);
  const errors = await source.refresh();
  if (errors.length > 0) throw new ConfigError(errors.map(describeManifestError));
  source.load("Loaded credentials");
  return source;
}

/** A file as last seen. */
interface KnownFile {
  /** Changes with each replacement or edit of the file. */
  readonly fingerprint: string;
  /** Errors of the newest state; the contents are then of an older one. */
  readonly errors: readonly ManifestError[];
  /** The last good contents; undefined when there were none yet. */
  readonly contents: CredentialFile | undefined;
}

/** A source whose view at hand is all there is. A file that cannot be read keeps the contents it had. */
export class FileCredentialSource implements CredentialSource, HealthCheck {
  readonly name = "credentials";
  readonly #options: FileSourceOptions;
  /** Files of each path, as last listed. */
  readonly #listings: Map<string, readonly string[]> = new Map();
  #files: ReadonlyMap<string, KnownFile> = new Map();
  #errors: readonly ManifestError[] = [];
  #set: CredentialSet = new CredentialSet([]);

  constructor(options: FileSourceOptions) {
    this.#options = options;
  }

  view(namespace: string, serviceAccountName: string): NamespaceView {
    return this.#set.view(namespace, serviceAccountName);
  }

  /** How many credentials are in force, and how many of these are malformed. */
  count(): { readonly credentials: number; readonly malformed: number } {
    return this.#set.count();
  }

  /** @see countFindings */
  countFindings(nowSeconds: number): ReadonlyMap<FindingCode, number> {
    return this.#set.countFindings(nowSeconds);
  }

  notReady(): undefined {
    return undefined;
  }

  problem(): string | undefined {
    return this.#errors.map(describeManifestError).join("; ") || undefined;
  }

  /**
   * Follows the files until `signal` aborts; never rejects. The files are polled, as the notices of file systems miss swapped
   * links, mounted volumes and network shares.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock = SYSTEM_CLOCK, logger } = this.#options;
    let pauseMs = POLL_INTERVAL_MS;
    while (!signal.aborted) {
      await clock.delay(pauseMs, signal);
      if (signal.aborted) return;
      const startedAt = clock.elapsed();
      const before = this.#contents();
      for (const { path, line, reason } of await this.refresh()) {
        logger.error({ path, ...(line !== null && { line }), reason }, "Kept the last good credentials of a path");
      }
      const contents = this.#contents();
      const isSame = contents.length === before.length && contents.every((file, index) => file === before[index]);
      if (!isSame) this.load("Reloaded credentials");
      pauseMs = Math.max(POLL_INTERVAL_MS, PAUSE_PER_CHECK * (clock.elapsed() - startedAt));
    }
  }

  /** Checks every path, reads what is new and gives the errors that were not there before. Calls must not overlap. */
  async refresh(): Promise<readonly ManifestError[]> {
    const errors: ManifestError[] = [];
    const files = new Map<string, KnownFile>();
    for (const path of this.#options.paths) {
      try {
        this.#listings.set(path, await listManifestFiles(path));
      } catch (error) {
        errors.push(errorOfSystem(path, error));
      }
      for (const file of this.#listings.get(path) ?? []) {
        const known = await this.#check(file);
        files.set(file, known);
        errors.push(...known.errors);
      }
    }
    const before = new Set(this.#errors.map(describeManifestError));
    this.#files = files;
    this.#errors = errors;
    return errors.filter((error) => !before.has(describeManifestError(error)));
  }

  /** Takes what was read into force. */
  load(message: string): void {
    const { logger } = this.#options;
    this.#set = new CredentialSet(this.#contents());
    for (const { kind, namespace, name, path } of this.#set.duplicates) {
      logger.warn({ kind, namespace, name, path }, "Replaced an object of the same name");
    }
    logger.info(this.#set.count(), message);
  }

  #contents(): readonly CredentialFile[] {
    return [...this.#files.values()].flatMap(({ contents = [] }) => contents);
  }

  async #check(path: string): Promise<KnownFile> {
    const known = this.#files.get(path);
    try {
      // Follows symbolic links, so that a swapped link counts as an edit. An edit after this changes it once more.
      const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
      const fingerprint = [dev, ino, size, mtimeNs, ctimeNs].join(":");
      if (known?.fingerprint === fingerprint) return known;
      const contents = readCredentialFile(await readManifestFile(path), this.#options.defaultNamespace);
      const { errors } = contents;
      return { fingerprint, errors, contents: errors.length > 0 ? known?.contents : contents };
    } catch (error) {
      return { fingerprint: "", errors: [errorOfSystem(path, error)], contents: known?.contents };
    }
  }
}
