/**
 * Files that are read again and again. Content is compared, not times or inodes, so that a rename, a rewrite and the symlink swap
 * of a mounted Secret are all the same. What cannot be read leaves the last good content in force.
 */
import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { AppError } from "../core/app-error.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import { codeOf, serializeError } from "../telemetry/serialize-error.ts";

/** A certificate, a key or a file of them that cannot be used. */
export class CertificateError extends AppError {
  /** The file that has to be changed. */
  readonly path: string;

  constructor(path: string, message: string, options?: { readonly cause?: unknown }) {
    super("ERR_CERTIFICATE", message, options);
    this.path = path;
  }
}

/** When and how often something is read. */
export interface PollOptions {
  /** Milliseconds between two polls; far below a day, as timers beyond 24.8 days fire at once. */
  readonly pollIntervalMs: number;
  readonly clock: Clock;
  /** Ends the polling. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** Content in force, always good. */
export interface FollowedContent<Content> {
  current(): Content;
  /** Calls `listener` with each content that follows the current one. */
  onChange(listener: (content: Content) => void): void;
}

/**
 * Reads the first content and polls from then on.
 * @param read gives the content, checked
 * @param keptMessage is logged when a poll finds nothing good
 * @throws what `read` throws the first time
 */
export async function followContent<Content>(
  read: () => Promise<Content>,
  keptMessage: string,
  { pollIntervalMs, clock, signal, logger }: PollOptions,
): Promise<FollowedContent<Content>> {
  const listeners: ((content: Content) => void)[] = [];
  let current = await read();
  let lastError = "";
  let loggedError = "";
  const run = async (): Promise<void> => {
    for (;;) {
      await clock.delay(pollIntervalMs, signal);
      if (signal.aborted) return;
      try {
        const next = await read();
        lastError = loggedError = "";
        if (isDeepStrictEqual(next, current)) continue;
        current = next;
        for (const listener of listeners) listener(next);
      } catch (error) {
        // Between two writes a pair may not match for a moment: only what is still wrong at the next poll is logged, once.
        const { name, code, message } = serializeError(error);
        const text = `${name} ${code} ${message}`;
        if (text === lastError && text !== loggedError) {
          loggedError = text;
          logger.error({ err: error }, keptMessage);
        }
        lastError = text;
      }
    }
  };
  void run();
  return { current: () => current, onChange: (listener) => listeners.push(listener) };
}

/** @throws CertificateError when the file cannot be read */
export function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: unknown) => {
    const message = `file ${path} cannot be read (${codeOf(cause)}); check that it exists and its mode`;
    throw new CertificateError(path, message, { cause });
  });
}

/** Gives what `parse` gives. @throws CertificateError with `message` when it throws; its own error may quote a key */
export function parseFor<T>(path: string, message: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new CertificateError(path, message, { cause });
  }
}
