/** Reads the body of a request once, up to a limit. Nothing of it stays behind when the reading ends, however it ends. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "../../core/app-error.ts";
import { type BodyMemoryLimit, type Reservation, SMALL_BODY_BYTES } from "./body-limiter.ts";
import { BadRequestError } from "./rejection.ts";

/** The client went away, or was too slow, before the body was whole: there is no client left to answer. */
export class AbortedBodyError extends AppError {
  constructor() {
    super("ERR_ABORTED_BODY", "a body that ended before it was whole");
  }
}

/** A body that is too long is read and dropped up to this many times the limit, so that its sender gets to read the response. */
const DISCARD_FACTOR = 2;

/** How many pieces of a body, as TLS and chunks cut it, may be as small as they like. */
const FREE_PIECES = 64;
/** Least average size of the other pieces, in bytes: Go sends 1,300 and more. Each piece costs the CPU as much as a small review. */
const MIN_PIECE_BYTES = 256;
/** What a piece of a body takes besides its bytes: a Buffer with memory of its own, in bytes. */
const PIECE_COST_BYTES = 1024;

/** What a body may take. */
export interface BodyLimits {
  /** Longest body, in bytes. */
  readonly maxBytes: number;
  /** Counts what all bodies hold together, this one until it is released or `response` closes. */
  readonly memory: BodyMemoryLimit;
  readonly response: ServerResponse;
}

/**
 * Reads the body as text of UTF-8.
 * @throws BadRequestError 413 when it is longer than `maxBytes` or has too many values or pieces, 503 or 408 when `memory` has no room or time for it
 * @throws AbortedBodyError when it is cut off
 */
export function readBody(request: IncomingMessage, { maxBytes, memory, response }: BodyLimits): Promise<string> {
  return new Promise((resolve, reject) => {
    let pieces: Buffer[] = [];
    let count = 0;
    let size = 0;
    let reservation: Reservation | undefined;
    let isRejected = false;
    let isWhole = false;
    const stop = (error: BadRequestError): void => {
      isRejected = true;
      pieces = [];
      // The connection is paused and not the request, in whose stream what is parsed already would pile up.
      request.socket.pause();
      reject(error);
    };
    const tooLong = (): BadRequestError => new BadRequestError(413, `the body is longer than ${maxBytes} bytes`);
    request.on("data", (piece: Buffer) => {
      size += piece.length;
      if (isRejected) return;
      if (size > maxBytes) {
        pieces = [];
        if (size > maxBytes * DISCARD_FACTOR) stop(tooLong());
        return;
      }
      pieces.push(piece);
      count += 1;
      const heldBytes = size + count * PIECE_COST_BYTES;
      if (count > FREE_PIECES + size / MIN_PIECE_BYTES) {
        stop(new BadRequestError(413, "the body comes in too many pieces"));
      } else if (heldBytes > SMALL_BODY_BYTES) {
        reservation ??= memory.open(response, stop);
        reservation.reserve(heldBytes);
      }
    });
    request.on("end", () => {
      isWhole = true;
      if (size > maxBytes) {
        reject(tooLong());
        return;
      }
      const body = Buffer.concat(pieces);
      pieces = [];
      reservation?.complete(body);
      if (!isRejected) resolve(body.toString());
    });
    // Every request closes in the end, after an error too.
    request.on("close", () => {
      if (!isWhole) reject(new AbortedBodyError());
    });
  });
}
