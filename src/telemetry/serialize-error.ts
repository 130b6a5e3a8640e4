/** Shows an error in a log without its content: the messages of foreign errors may quote what they choked on. */
import { AppError } from "../core/app-error.ts";

/** An error as logs show it. */
export interface SerializedError {
  readonly name: string;
  /** Stable code of our own errors, of Node or of OpenSSL; missing when there is none. */
  readonly code?: string;
  /** Only of our own errors. */
  readonly message?: string;
  /** Where it was raised: function names and places, without any message. */
  readonly frames: readonly string[];
  readonly cause?: SerializedError;
}

const MAX_FRAMES = 12;

/** Most causes that are shown; an error can be its own cause. */
const MAX_DEPTH = 4;

/** Codes are identifiers; anything else in their place is not shown. */
const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;

/** Gives what may be shown of `error`, which may be anything that was thrown. @param depth how many causes led here */
export function serializeError(error: unknown, depth = 1): SerializedError {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] };
  const code = ownCodeOf(error);
  return {
    name: error.constructor.name,
    ...(code !== undefined && { code }),
    ...(error instanceof AppError && { message: error.message }),
    frames: framesOf(error),
    ...(error.cause !== undefined && depth < MAX_DEPTH && { cause: serializeError(error.cause, depth + 1) }),
  };
}

/** The code of an error or of what caused it, else the name of its class: what may be shown of any error. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return ownCodeOf(error) ?? (error.cause instanceof Error ? codeOf(error.cause) : error.name);
}

function ownCodeOf(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" && CODE.test(error.code) ? error.code : undefined;
}

/** A message may have lines that look like frames, so all is dropped unless the message is found and cut off. */
function framesOf({ stack, message }: Error): readonly string[] {
  const start = stack === undefined ? -1 : stack.indexOf(message);
  if (stack === undefined || start < 0) return [];
  const lines = stack.slice(start + message.length).split("\n");
  const frames = lines.filter((line) => /^ {4}at /.test(line)).map((line) => line.slice(7));
  return frames.slice(0, MAX_FRAMES);
}
