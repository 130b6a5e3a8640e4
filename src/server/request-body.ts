/** Reads the body of a request once, up to a limit. Nothing of it stays behind when the reading ends, however it ends. */
import type { IncomingMessage } from "node:http";
import { AppError, BadRequestError } from "../core/app-error.ts";

/** The client went away, or was too slow, before the body was whole: nobody is left to answer. */
export class AbortedBodyError extends AppError {
  constructor() {
    super("ERR_ABORTED_BODY", "a body that ended before it was whole");
  }
}

/** A body that is too long is thrown away up to this many times the limit, so that its sender is there to read the answer. */
const DISCARD_FACTOR = 2;

/**
 * Reads the body as text of UTF-8.
 * @param maxBytes longest body, in bytes
 * @throws BadRequestError 413 when it is longer
 * @throws AbortedBodyError when it is cut off
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    let isWhole = false;
    const refuse = (): void => {
      reject(new BadRequestError(413, `the body is longer than ${maxBytes} bytes`));
    };
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      chunks = [];
      if (size > maxBytes * DISCARD_FACTOR) {
        request.pause();
        refuse();
      }
    });
    request.on("end", () => {
      isWhole = true;
      if (size > maxBytes) {
        refuse();
        return;
      }
      const [first] = chunks;
      resolve((chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)).toString());
      chunks = [];
    });
    // Every request closes in the end, and an error is dear to make: only for a body that is not whole.
    const abort = (): void => {
      if (!isWhole) {
        reject(new AbortedBodyError());
      }
    };
    request.on("error", abort);
    request.on("close", abort);
  });
}
