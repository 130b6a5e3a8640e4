/**
 * Bounds what half-sent bodies hold together. Small bodies are not counted, so that a usual review is never turned away for
 * the sake of others; of the rest the oldest gives way, as API servers send theirs in milliseconds.
 */
import type { ServerResponse } from "node:http";
import { BadRequestError } from "../http-error.ts";
import { countValues, MAX_VALUES } from "./body-values.ts";
import type { RejectionObserver } from "./rejection.ts";

/** Bodies that hold no more than this are not counted: a usual Pod's review has 5 kB. In bytes. */
export const SMALL_BODY_BYTES: number = 16 * 1024;

/** What each chunk of a body costs besides its bytes: a Buffer with memory of its own, in bytes. A body of one-byte chunks is not small. */
export const CHUNK_COST_BYTES = 1024;

/** @see BodyMemoryLimit */
export interface BodyMemoryLimitOptions {
  /** Most bytes of all counted bodies together. */
  readonly maxBytes: number;
  /** Longest time for a counted body to arrive, in milliseconds. */
  readonly timeoutMs: number;
  readonly onRejection: RejectionObserver;
}

/** A body that is counted. */
export interface Reservation {
  /** Counts the body with `bytes` in all; others, or this one, may be given up for it. */
  hold(bytes: number): void;
  /**
   * The body is whole: it is counted until it is answered, and is not given up any more, unless it has too many values, by itself
   * or with those of all bodies that wait for an answer.
   */
  settle(body: Uint8Array): void;
}

interface Entry {
  readonly response: ServerResponse;
  bytes: number;
  /** While `uncounted` is there, its length: no body has more values than bytes. */
  values: number;
  /** The whole body until its values are counted; all of these together are shorter than MAX_VALUES. */
  uncounted: Uint8Array | undefined;
  isWhole: boolean;
  readonly timer: NodeJS.Timeout;
  readonly giveUp: (error: BadRequestError) => void;
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
   * Starts to count a body until it is answered, or `response` closes.
   * @param giveUp has to drop what it holds of the body; the error is the client's answer
   */
  open(response: ServerResponse, giveUp: (error: BadRequestError) => void): Reservation {
    const timer = setTimeout(() => this.#giveUp(entry, "body-time"), this.#options.timeoutMs);
    timer.unref();
    const entry: Entry = {
      response,
      bytes: 0,
      values: 0,
      uncounted: undefined,
      isWhole: false,
      timer,
      giveUp,
    };
    this.#entries.set(response, entry);
    response.once("close", () => this.release(response));
    return {
      hold: (bytes) => this.#hold(entry, bytes),
      settle: (body) => this.#settle(entry, body),
    };
  }

  /**
   * Ends the count of the body that `response` has answered, if it was counted. An answer that was there at once leaves room
   * before the next body is looked at; its response closes later.
   */
  release(response: ServerResponse): void {
    const entry = this.#entries.get(response);
    if (entry !== undefined) {
      this.#entries.delete(response);
      this.#bytes -= entry.bytes;
      this.#values -= entry.values;
      entry.uncounted = undefined;
      clearTimeout(entry.timer);
    }
  }

  #hold(entry: Entry, bytes: number): void {
    if (!this.#entries.has(entry.response)) {
      return;
    }
    this.#bytes += bytes - entry.bytes;
    entry.bytes = bytes;
    for (const oldest of this.#entries.values()) {
      if (this.#bytes <= this.#options.maxBytes) {
        return;
      }
      if (!oldest.isWhole) {
        this.#giveUp(oldest, "body-bytes");
      }
    }
  }

  /** What is parsed of a body holds more than the body, and stays while a live look is waited for. */
  #settle(entry: Entry, body: Uint8Array): void {
    clearTimeout(entry.timer);
    if (!this.#entries.has(entry.response)) {
      return;
    }
    entry.isWhole = true;
    entry.uncounted = body;
    this.#setValues(entry, body.length);
    if (this.#values > MAX_VALUES) {
      this.#countAll();
    }
    if (entry.values > MAX_VALUES) {
      this.release(entry.response);
      entry.giveUp(new BadRequestError(413, `the body has more than ${MAX_VALUES} values`));
    } else if (this.#values > MAX_VALUES) {
      this.#giveUp(entry, "body-bytes");
    }
  }

  /** Counting takes as long as parsing does, so it is left until the lengths alone do not tell that there is room. */
  #countAll(): void {
    for (const entry of this.#entries.values()) {
      if (entry.uncounted !== undefined) {
        this.#setValues(entry, countValues(entry.uncounted));
        entry.uncounted = undefined;
      }
    }
  }

  #setValues(entry: Entry, values: number): void {
    this.#values += values - entry.values;
    entry.values = values;
  }

  #giveUp(entry: Entry, reason: "body-bytes" | "body-time"): void {
    this.release(entry.response);
    this.#options.onRejection(reason);
    entry.giveUp(
      reason === "body-bytes"
        ? new BadRequestError(503, "too many bytes of bodies are under way")
        : new BadRequestError(408, "the body was not whole in time"),
    );
  }
}
