/** Reads the body of a request once, up to a limit. Nothing of it stays behind when the reading ends, however it ends. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "../../core/app-error.ts";
import { BadRequestError } from "../http-error.ts";
import {
  type BodyMemoryLimit,
  CHUNK_COST_BYTES,
  type Reservation,
  SMALL_BODY_BYTES,
} from "./body-limiter.ts";

/** The client went away, or was too slow, before the body was whole: nobody is left to answer. */
export class AbortedBodyError extends AppError {
  constructor() {
    super("ERR_ABORTED_BODY", "a body that ended before it was whole");
  }
}

/** A body that is too long is thrown away up to this many times the limit, so that its sender is there to read the answer. */
const DISCARD_FACTOR = 2;

/** Pieces of a body, as TLS and chunks cut it, that may be as small as they like, */
const FREE_PIECES = 64;
/** and what the others have on average, in bytes: Go sends 1,300 and more. Each costs the CPU as much as a small review does. */
const MIN_PIECE_BYTES = 256;

/** What a body may take. */
export interface BodyLimits {
  /** Longest body, in bytes. */
  readonly maxBytes: number;
  /** Counts what all bodies hold together, this one until it is released or `response` closes. */
  readonly budget: BodyMemoryLimit;
  readonly response: ServerResponse;
}

/**
 * Reads the body as text of UTF-8.
 * @throws BadRequestError 413 when it is longer than `maxBytes` or has too many values or pieces, 503 or 408 when the budget has no room or time for it
 * @throws AbortedBodyError when it is cut off
 */
export function readBody(
  request: IncomingMessage,
  { maxBytes, budget, response }: BodyLimits,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    let pieces = 0;
    let counted: Reservation | undefined;
    let isWhole = false;
    let isGivenUp = false;
    const giveUp = (error: BadRequestError): void => {
      // The connection is paused and not the request, in whose stream what is parsed already would pile up.
      isGivenUp = true;
      request.socket.pause();
      chunks = [];
      reject(error);
    };
    const refuse = (): void => {
      reject(new BadRequestError(413, `the body is longer than ${maxBytes} bytes`));
    };
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (isGivenUp) {
        return;
      }
      if (size <= maxBytes) {
        chunks.push(chunk);
        pieces += 1;
        const held = size + pieces * CHUNK_COST_BYTES;
        if (pieces > FREE_PIECES + size / MIN_PIECE_BYTES) {
          giveUp(new BadRequestError(413, "the body comes in too many pieces"));
        } else if (held > SMALL_BODY_BYTES) {
          counted ??= budget.open(response, giveUp);
          counted.hold(held);
        }
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
      const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
      chunks = [];
      counted?.settle(body);
      if (!isGivenUp) {
        resolve(body.toString());
      }
    });
    // Every request closes in the end, after an error too, which Node does not emit where nobody listens to it.
    request.on("close", () => {
      if (!isWhole) {
        reject(new AbortedBodyError());
      }
    });
  });
}
