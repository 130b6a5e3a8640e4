/**
 * Something on disk that is read again and again. Content is compared, not times or inodes, so that a rename, a rewrite and the
 * symlink swap of a mounted Secret are all the same. What cannot be read leaves the last good content in force.
 */
import type { Clock } from "../telemetry/clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import { serializeError } from "../telemetry/serialize-error.ts";

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

/** How content is compared, and what is logged when a poll finds nothing good. */
export interface FollowOptions<Content> extends PollOptions {
  readonly isSame: (a: Content, b: Content) => boolean;
  readonly keptMessage: string;
}

/**
 * Reads the first content and polls from then on.
 * @param read gives the content, checked
 * @throws what `read` throws the first time
 */
export async function followContent<Content>(
  read: () => Promise<Content>,
  { pollIntervalMs, clock, signal, logger, isSame, keptMessage }: FollowOptions<Content>,
): Promise<FollowedContent<Content>> {
  const listeners: ((content: Content) => void)[] = [];
  let current = await read();
  let lastError = "";
  let loggedError = "";
  const poll = async (): Promise<void> => {
    try {
      const next = await read();
      lastError = loggedError = "";
      if (!isSame(next, current)) {
        current = next;
        for (const listener of listeners) listener(next);
      }
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
  };
  const run = async (): Promise<void> => {
    await clock.delay(pollIntervalMs, signal);
    while (!signal.aborted) {
      await poll();
      await clock.delay(pollIntervalMs, signal);
    }
  };
  void run();
  return { current: () => current, onChange: (listener) => listeners.push(listener) };
}
