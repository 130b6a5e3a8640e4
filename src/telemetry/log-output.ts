/** Standard output as a destination of the log: lines leave in batches, as a write for each costs more than a decision does. */
import { type DestinationStream, pino } from "pino";

/** A batch leaves when it has this many bytes, */
const BATCH_BYTES = 8192;
/** or at this interval, in milliseconds: a person who follows a log sees no delay. */
const FLUSH_INTERVAL_MS = 100;

/** Opens the destination. What is still held leaves when the process exits, and with a fatal line; only a kill loses it. */
export function openLogOutput(): DestinationStream {
  const destination = pino.destination({ dest: 1, sync: false, minLength: BATCH_BYTES });
  setInterval(() => destination.flush(), FLUSH_INTERVAL_MS).unref();
  return destination;
}
