/** JSON logs with pino, one object per line. Nothing here ever prints an object, a body or the message of a foreign error. */
import { type DestinationStream, type Logger as PinoLogger, pino } from "pino";
import { openLogOutput } from "./log-output.ts";
import { serializeError } from "./serialize-error.ts";

/** A log. Messages are constant, keys are those of the conventions; use `child({ logger: NAME })` for each part. */
export type Logger = PinoLogger;

/** Levels from the most talkative to none at all. */
export const LOG_LEVELS: readonly string[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** @see createLogger */
export interface LoggerOptions {
  /** One of LOG_LEVELS. */
  readonly level: string;
  /** Version of pullring, a base field of each line. */
  readonly version: string;
  /** Where the lines go; standard output by default. */
  readonly destination?: DestinationStream;
}

/** Makes the root log. Parts of the program name themselves: `root.child({ logger: "webhook" })`. */
export function createLogger({ level, version, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { version },
    timestamp: createTimestamp(),
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: serializeError },
  };
  return pino(options, destination ?? openLogOutput());
}

/** Gives the field of the time: one text for all lines of a millisecond, as it is a fifth of what a line costs. */
function createTimestamp(): () => string {
  let shownMs = Number.NaN;
  let shown = "";
  return () => {
    const nowMs = Date.now();
    if (nowMs !== shownMs) {
      shownMs = nowMs;
      shown = `,"ts":"${new Date(nowMs).toISOString()}"`;
    }
    return shown;
  };
}

/** Longest untrusted text in a log, in characters; names of Kubernetes objects have at most 253. */
const MAX_TEXT_LENGTH = 256;

/** Bounds text that came from outside. JSON escapes the rest. */
export function boundText(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH - 3)}...`;
}
