/**
 * Something on disk that is looked at again and again. Content is compared, not times or inodes, so that a rename, a rewrite
 * and the symlink swap of a mounted Secret are all the same. What cannot be read leaves the last good content in force.
 */
import type { Logger } from "../telemetry/logger.ts";
import { serializeError } from "../telemetry/serialize-error.ts";

/** When and how often something is looked at. */
export interface PollOptions {
  /** Milliseconds between two looks; far below a day, as timers beyond 24.8 days fire at once. */
  readonly pollIntervalMs: number;
  /** Ends the looking. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** Content in force, always good. */
export interface FollowedContent<Content> {
  current(): Content;
  /** Calls `listener` with each content that follows the current one. */
  onChange(listener: (content: Content) => void): void;
}

/** How content is compared, and what is logged when a look finds none that is good. */
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
  { pollIntervalMs, signal, logger, isSame, keptMessage }: FollowOptions<Content>,
): Promise<FollowedContent<Content>> {
  const listeners: ((content: Content) => void)[] = [];
  let current = await read();
  let lastFault = "";
  let isLogged = false;
  let isLooking = false;
  const look = async (): Promise<void> => {
    try {
      const next = await read();
      lastFault = "";
      isLogged = false;
      if (!isSame(next, current)) {
        current = next;
        for (const listener of listeners) {
          listener(next);
        }
      }
    } catch (error) {
      // Between two writes a pair may not match for a moment: only what is still wrong at the next look is told, once.
      const fault = faultOf(error);
      isLogged &&= fault === lastFault;
      if (fault === lastFault && !isLogged) {
        isLogged = true;
        logger.error({ err: error }, keptMessage);
      }
      lastFault = fault;
    }
  };
  const timer = setInterval(() => {
    if (!isLooking) {
      isLooking = true;
      void look().finally(() => {
        isLooking = false;
      });
    }
  }, pollIntervalMs);
  timer.unref();
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  return { current: () => current, onChange: (listener) => listeners.push(listener) };
}

function faultOf(error: unknown): string {
  const { name, code, message } = serializeError(error);
  return `${name} ${code} ${message}`;
}
