/** JSON logs with pino, one object per line. Nothing here ever prints an object, a body or the message of a foreign error. */
import { type DestinationStream, type Logger as PinoLogger, pino } from "pino";
import { serializeError } from "./serialize-error.ts";

/** A log. Messages are constant, keys are those of the conventions; use `child({ logger: NAME })` for each part. */
export type Logger = PinoLogger;

/** @see createLogger */
export interface LoggerOptions {
  /** One of pino's: from `trace` to `fatal`, or `silent`. */
  readonly level: string;
  /** Version of pullring, a base field of each line. */
  readonly version: string;
  /** Where the lines go; standard output by default. */
  readonly destination?: DestinationStream;
}

/** Makes the root log. Parts of the program name themselves: `root.child({ logger: "webhook" })`. */
export function createLogger({ level, version, destination = openStandardOutput() }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { version },
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError },
    },
    destination,
  );
}

/**
 * Standard output, written in the background: a slow reader holds up no request. pino writes what is left when the process
 * exits and with each fatal line, and goes on in silence when the reader has gone.
 */
function openStandardOutput(): DestinationStream {
  const destination = pino.destination({
    dest: 1,
    sync: false,
    contentMode: "buffer",
    // Lines leave together, as a write for each costs more than a decision does: after so many bytes (sonic-boom takes fewer than 16 KiB),
    minLength: 12_288,
    // or so many milliseconds. Each flush wakes the process, also where there is nothing to write.
    periodicFlush: 250,
    // What a reader that has stopped reading may cost in memory, in bytes. Lines beyond that are dropped.
    maxLength: 8 * 1024 * 1024,
  } as { dest: number });
  return {
    // A text is measured, and copied, anew with each line that it grows by.
    write: (line) => void destination.write(Buffer.from(line) as unknown as string),
    flushSync: () => destination.flushSync(),
  } as DestinationStream;
}

/** Longest untrusted text in a log, in characters; names of Kubernetes objects have at most 253. */
const MAX_TEXT_LENGTH = 256;

/** Bounds text that came from outside. JSON escapes the rest. */
export function boundText(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH - 3)}...`;
}
