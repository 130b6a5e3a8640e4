/** Gives the credentials that stand in manifest files, and follows the edits of these files. Never keeps a payload. */
import type { NamespaceView } from "../core/admission/namespace-view.ts";
import { ConfigError } from "../core/app-error.ts";
import type { CredentialSource } from "../server/admission/ports.ts";
import { type Clock, SYSTEM_CLOCK } from "../telemetry/clock.ts";
import type { HealthCheck } from "../telemetry/health-check.ts";
import type { Logger } from "../telemetry/logger.ts";
import { CredentialFiles } from "./credential-files.ts";
import { CredentialSet } from "./credential-set.ts";
import { describeManifestError } from "./manifest-error.ts";

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
  const files = new CredentialFiles(options.paths, options.defaultNamespace);
  const { newErrors } = await files.refresh();
  if (newErrors.length > 0) throw new ConfigError(newErrors.map(describeManifestError));
  return new FileCredentialSource({ clock: SYSTEM_CLOCK, ...options, files });
}

/** What the source works with. */
export interface FileSourceDependencies {
  /** Read once already. */
  readonly files: CredentialFiles;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** A source whose view at hand is all there is. */
export class FileCredentialSource implements CredentialSource, HealthCheck {
  readonly name = "credentials";
  readonly #parts: FileSourceDependencies;
  #set: CredentialSet;

  constructor(parts: FileSourceDependencies) {
    this.#parts = parts;
    this.#set = this.#readSet("Loaded credentials");
  }

  view(namespace: string, serviceAccountName: string): NamespaceView {
    return this.#set.view(namespace, serviceAccountName);
  }

  /** How many credentials are in force, and how many of these are malformed. */
  count(): { readonly credentials: number; readonly malformed: number } {
    return this.#set.count();
  }

  notReady(): undefined {
    return undefined;
  }

  problem(): string | undefined {
    return this.#parts.files.errors.map(describeManifestError).join("; ") || undefined;
  }

  /**
   * Follows the files until `signal` aborts; never rejects. The files are polled, as the notices of file systems miss swapped
   * links, mounted volumes and network shares.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    let pauseMs = POLL_INTERVAL_MS;
    while (!signal.aborted) {
      await clock.delay(pauseMs, signal);
      if (!signal.aborted) {
        const startedAt = clock.elapsed();
        await this.#poll();
        pauseMs = Math.max(POLL_INTERVAL_MS, PAUSE_PER_CHECK * (clock.elapsed() - startedAt));
      }
    }
  }

  async #poll(): Promise<void> {
    const { files, logger } = this.#parts;
    const { changed, newErrors } = await files.refresh();
    for (const { path, line, reason } of newErrors) {
      logger.error({ path, ...(line !== null && { line }), reason }, "Kept the last good credentials of a path");
    }
    if (changed) this.#set = this.#readSet("Reloaded credentials");
  }

  #readSet(message: string): CredentialSet {
    const { files, logger } = this.#parts;
    const set = new CredentialSet(files.contents);
    for (const { kind, namespace, name, path } of set.duplicates) {
      logger.warn({ kind, namespace, name, path }, "Replaced an object of the same name");
    }
    logger.info(set.count(), message);
    return set;
  }
}
