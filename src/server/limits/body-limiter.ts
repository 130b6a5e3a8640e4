/**
 * Bounds what all bodies hold together: their bytes while they arrive, and the values that JSON.parse makes of them while they
 * wait for a response. Small bodies are not counted, so that a usual review is never rejected for the sake of others. Of the
 * rest the oldest half-sent one gives way, as API servers send theirs in milliseconds.
 */
import type { ServerResponse } from "node:http";
import { BACKSLASH, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from "../../core/go/ascii.ts";
import { BadRequestError, type RejectionObserver } from "./rejection.ts";

/** Bodies that hold no more than this are not counted: a usual Pod's review has 5 kB. In bytes. */
export const SMALL_BODY_BYTES: number = 16 * 1024;

/**
 * Most values of a body, and of all bodies together that wait for a response. A value takes up to 360 bytes of memory
 * (measured: members of different names), so 110 MB; of 8 MiB of brackets JSON.parse would make half a gigabyte. Kubernetes
 * objects have 12 bytes and more of JSON for each value, and two of 1.5 MiB, the most that etcd stores of one, fit in.
 */
export const MAX_VALUES = 300_000;

/** @see BodyMemoryLimit */
export interface BodyMemoryLimitOptions {
  /** Most bytes of all counted bodies together. */
  readonly maxBodiesBytes: number;
  /** Longest time for a counted body to arrive, in milliseconds. */
  readonly bodyTimeoutMs: number;
  readonly onRejection: RejectionObserver;
}

/** A body that is counted. */
export interface Reservation {
  /** Counts the body with `bytes` in all; older ones, or this one, may be rejected for it. */
  reserve(bytes: number): void;
  /**
   * The body is whole: it is counted until it is answered, and is not rejected any more, unless it has too many values, by
   * itself or with those of all bodies that wait for a response.
   */
  complete(body: Uint8Array): void;
}

interface Entry {
  readonly response: ServerResponse;
  bytes: number;
  values: number;
  isWhole: boolean;
  readonly timer: NodeJS.Timeout;
  readonly reject: (error: BadRequestError) => void;
}

/** The bodies of one server. */
export class BodyMemoryLimit {
  readonly #options: BodyMemoryLimitOptions;
  /** The oldest first. */
  readonly #entries = new Map<ServerResponse, Entry>();
  #bytes = 0;
  #values = 0;

  constructor(options: BodyMemoryLimitOptions) {
    this.#options = options;
  }

  /**
   * Starts to count a body until it is released, or `response` closes.
   * @param reject has to drop what it holds of the body; the error is the client's answer
   */
  open(response: ServerResponse, reject: (error: BadRequestError) => void): Reservation {
    const timer = setTimeout(() => this.#reject(entry, "body-timeout"), this.#options.bodyTimeoutMs).unref();
    const entry: Entry = { response, bytes: 0, values: 0, isWhole: false, timer, reject };
    this.#entries.set(response, entry);
    response.once("close", () => this.release(response));
    return { reserve: (bytes) => this.#reserve(entry, bytes), complete: (body) => this.#complete(entry, body) };
  }

  /**
   * Ends the count of the body that `response` has answered, if it was counted. Its response closes later; by then the next
   * body may have been read.
   */
  release(response: ServerResponse): void {
    const entry = this.#entries.get(response);
    if (entry === undefined) return;
    this.#entries.delete(response);
    this.#bytes -= entry.bytes;
    this.#values -= entry.values;
    clearTimeout(entry.timer);
  }

  #reserve(entry: Entry, bytes: number): void {
    if (!this.#entries.has(entry.response)) return;
    this.#bytes += bytes - entry.bytes;
    entry.bytes = bytes;
    for (const oldest of this.#entries.values()) {
      if (this.#bytes <= this.#options.maxBodiesBytes) return;
      if (!oldest.isWhole) this.#reject(oldest, "body-memory-limit");
    }
  }

  #complete(entry: Entry, body: Uint8Array): void {
    clearTimeout(entry.timer);
    if (!this.#entries.has(entry.response)) return;
    entry.isWhole = true;
    entry.values = countValues(body);
    this.#values += entry.values;
    if (entry.values > MAX_VALUES) {
      this.release(entry.response);
      entry.reject(new BadRequestError(413, `the body has more than ${MAX_VALUES} values`));
    } else if (this.#values > MAX_VALUES) {
      this.#reject(entry, "body-memory-limit");
    }
  }

  #reject(entry: Entry, reason: "body-memory-limit" | "body-timeout"): void {
    this.release(entry.response);
    this.#options.onRejection(reason);
    const isLate = reason === "body-timeout";
    const message = isLate ? "the body was not whole in time" : "too many bodies are under way";
    entry.reject(new BadRequestError(isLate ? 408 : 503, message));
  }
}

/**
 * Counts the places of a JSON text where a value begins: behind a comma, a bracket or a brace outside of strings.
 * @returns MAX_VALUES + 1 when there are more than that
 */
export function countValues(body: Uint8Array): number {
  let values = 0;
  let isInString = false;
  for (let position = 0; position < body.length && values <= MAX_VALUES; position += 1) {
    const byte = body[position];
    if (byte === QUOTE) {
      isInString = !isInString;
    } else if (isInString) {
      position += byte === BACKSLASH ? 1 : 0;
    } else if (byte === COMMA || byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      values += 1;
    }
  }
  return values;
}
