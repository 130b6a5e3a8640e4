/** Standard output as a destination of the log: lines leave in batches, as a write for each costs more than a decision does. */
import { type DestinationStream, pino } from "pino";

/** A batch leaves when the next line might not fit, in bytes: a whole pipe, as the thread that writes costs more than the bytes do, */
const BATCH_BYTES = 65_536;
/** or at this age, in milliseconds: a person who follows a log sees no delay. */
const MAX_AGE_MS = 100;
/** A batch that another thread is writing gets this time, in milliseconds, before what follows it is written at an exit. */
const IN_FLIGHT_MS = 50;
/** Most bytes of UTF-8 for one unit of a string. */
const MAX_BYTES_PER_UNIT = 3;

/** A destination that gathers lines; `flushSync` is what pino calls with a fatal line. */
export interface LogOutput extends DestinationStream {
  flushSync(): void;
}

/** What takes the batches. It may keep a batch as long as it likes. */
export interface BatchWriter {
  write(batch: Buffer): unknown;
  flushSync(): void;
}

/** Opens the destination. What is still held leaves when the process exits, and with a fatal line; only a kill loses it. */
export function openLogOutput(): LogOutput {
  // pino's own destination gathers lines too, but as one text that it measures anew with each line.
  const destination = pino.destination({ dest: 1, sync: false, contentMode: "buffer" } as { dest: number });
  let isWriting = false;
  destination.on("drain", () => {
    isWriting = false;
  });
  const output = batchLines({
    write: (batch) => {
      isWriting = true;
      // Its type speaks of strings only.
      destination.write(batch as unknown as string);
    },
    flushSync: () => {
      if (isWriting) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, IN_FLIGHT_MS);
      }
      destination.flushSync();
    },
  });
  process.on("exit", () => output.flushSync());
  return output;
}

/** Gathers lines in front of `writer`, as bytes: texts in pieces that live long are dear to the garbage collector. */
export function batchLines(writer: BatchWriter): LogOutput {
  let batch = Buffer.allocUnsafe(BATCH_BYTES);
  let used = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (used > 0) {
      writer.write(batch.subarray(0, used));
      batch = Buffer.allocUnsafe(BATCH_BYTES);
      used = 0;
    }
  };
  const write = (line: string): void => {
    const room = line.length * MAX_BYTES_PER_UNIT;
    if (used + room > BATCH_BYTES) {
      flush();
    }
    if (room > BATCH_BYTES) {
      writer.write(Buffer.from(line));
      return;
    }
    used += batch.write(line, used);
    timer ??= setTimeout(flush, MAX_AGE_MS);
  };
  return {
    write,
    flushSync: () => {
      flush();
      writer.flushSync();
    },
  };
}
