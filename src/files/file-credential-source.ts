/** Gives the credentials that stand in manifest files, and follows the edits of these files. Never keeps a payload. */
import { setTimeout as sleep } from "node:timers/promises";
import type { NamespaceView } from "../core/admission/namespace-view.ts";
import { ConfigError } from "../core/app-error.ts";
import type { HealthCheck } from "../telemetry/health-check.ts";
import type { Logger } from "../telemetry/logger.ts";
import { CredentialFiles } from "./credential-files.ts";
import { CredentialSet } from "./credential-set.ts";
import { describeManifestError, type ManifestError } from "./manifest-error.ts";

/** Pause between two checks of the files; an edit has to be in force within a second. */
const POLL_INTERVAL_MS = 250;

/** With very many files a check takes long: it may use at most a fifth of the time. */
const PAUSE_PER_CHECK = 4;

/** @see FileCredentialSource.open */
export interface FileSourceOptions {
  /** Files and directories. */
  readonly paths: readonly string[];
  /** Namespace of the objects that name none. */
  readonly defaultNamespace: string;
  readonly logger: Logger;
}

/** A source whose view at hand is all there is. It is ready as soon as it is open. */
export class FileCredentialSource implements HealthCheck {
  readonly name = "credentials";
  readonly #files: CredentialFiles;
  readonly #logger: Logger;
  #set: CredentialSet = new CredentialSet([]);

  private constructor(files: CredentialFiles, logger: Logger) {
    this.#files = files;
    this.#logger = logger;
  }

  /**
   * Reads all files once.
   * @throws ConfigError with every error of every file
   */
  static async open({ paths, defaultNamespace, logger }: FileSourceOptions): Promise<FileCredentialSource> {
    const source = new FileCredentialSource(new CredentialFiles(paths, defaultNamespace), logger);
    const { newErrors } = await source.#files.refresh();
    if (newErrors.length > 0) {
      throw new ConfigError(newErrors.map(describeManifestError));
    }
    source.#adopt("Loaded credentials");
    return source;
  }

  /** What the files say of a namespace; never waits, never throws. */
  view(namespace: string, serviceAccountName: string): NamespaceView {
    return this.#set.view(namespace, serviceAccountName);
  }

  notReady(): undefined {
    return undefined;
  }

  problem(): undefined {
    return undefined;
  }

  /** How many credentials are in force, and how many of these are malformed. */
  count(): { readonly credentials: number; readonly malformed: number } {
    return this.#set.count();
  }

  /**
   * Follows the files until `signal` aborts; never rejects. The files are polled, as the notices of file systems
   * miss swapped links, mounted volumes and network shares.
   */
  async run(signal: AbortSignal): Promise<void> {
    let pauseMs = POLL_INTERVAL_MS;
    while (!signal.aborted) {
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) {
        const startMs = performance.now();
        await this.#follow();
        pauseMs = Math.max(POLL_INTERVAL_MS, PAUSE_PER_CHECK * (performance.now() - startMs));
      }
    }
  }

  async #follow(): Promise<void> {
    const { changed, newErrors } = await this.#files.refresh();
    for (const error of newErrors) {
      this.#logError(error);
    }
    if (changed) {
      this.#adopt("Reloaded credentials");
    }
  }

  #logError({ path, line, reason }: ManifestError): void {
    this.#logger.error(
      { path, ...(line !== null && { line }), reason },
      "Kept the last good credentials of a path",
    );
  }

  #adopt(message: string): void {
    this.#set = new CredentialSet(this.#files.contents);
    for (const { kind, namespace, name, path } of this.#set.duplicates) {
      this.#logger.warn({ kind, namespace, name, path }, "Replaced an object of the same name");
    }
    this.#logger.info(this.#set.count(), message);
  }
}
