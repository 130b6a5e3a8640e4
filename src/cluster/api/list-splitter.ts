/**
 * Cuts the stream of a list answer into its elements while it arrives, so that no page is ever held as a whole. What is
 * around the elements, the envelope, is kept as text. It checks only as much syntax as it needs to find the elements.
 */

import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, OPEN_BRACE, OPEN_BRACKET, QUOTE } from "../../core/go/ascii.ts";
import { MAX_OBJECT_BYTES } from "./answer-limits.ts";
import { unreadable } from "./api-server-error.ts";

/** Metadata of a list, and the column definitions of a table: some kilobytes. */
const MAX_ENVELOPE_CHARACTERS = 1024 * 1024;

/** Depth at which the elements of the list are opened: the document, the array, the element. */
const ELEMENT_DEPTH = 3;

/** Feed it with `push`, then call `end`. */
export class ListSplitter {
  readonly #member: RegExp;
  readonly #onElement: (element: Uint8Array) => void;
  #envelope = "";
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  #depth = 0;
  #inText = false;
  #escaped = false;
  #inList = false;

  /**
   * @param member name of the top-level array: `items` of a list, `rows` of a table
   * @param onElement gets each object of the array; the bytes are only valid during the call
   */
  constructor(member: "items" | "rows", onElement: (element: Uint8Array) => void) {
    this.#member = new RegExp(`"${member}"\\s*:\\s*$`);
    this.#onElement = onElement;
  }

  /** Takes the next piece of the answer. @throws ApiServerError when an element or the envelope is too long */
  push(chunk: Buffer): void {
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (this.#inText) {
        this.#passText(byte);
      } else if (byte === QUOTE) {
        this.#inText = true;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        start = this.#open(chunk, start, at);
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        start = this.#close(chunk, start, at);
      }
    }
    this.#keep(chunk, start, chunk.length);
  }

  /** Gives the text around the elements. @throws ApiServerError when the answer is not complete */
  end(): string {
    if (this.#depth !== 0 || this.#inText || this.#envelope === "") throw unreadable("list", "it ended too early");
    return this.#envelope;
  }

  #passText(byte: number): void {
    if (this.#escaped) {
      this.#escaped = false;
    } else if (byte === BACKSLASH) {
      this.#escaped = true;
    } else if (byte === QUOTE) {
      this.#inText = false;
    }
  }

  #open(chunk: Buffer, start: number, at: number): number {
    this.#depth += 1;
    if (this.#depth === 2 && chunk[at] === OPEN_BRACKET) {
      this.#keep(chunk, start, at);
      this.#inList = this.#member.test(this.#envelope);
      return at;
    }
    if (this.#inList && this.#depth === ELEMENT_DEPTH) {
      // Only commas and white space stand between elements; they are of no use.
      return at;
    }
    return start;
  }

  #close(chunk: Buffer, start: number, at: number): number {
    this.#depth -= 1;
    if (!this.#inList) return start;
    if (this.#depth === ELEMENT_DEPTH - 1) {
      this.#finish(chunk.subarray(start, at + 1));
      return at + 1;
    }
    if (this.#depth === 1) {
      this.#inList = false;
      this.#envelope += "[";
      return at;
    }
    return start;
  }

  /** Keeps bytes that a later piece continues: of an element, or of the envelope. */
  #keep(chunk: Buffer, start: number, end: number): void {
    if (this.#inList && this.#depth >= ELEMENT_DEPTH) {
      this.#pieces.push(chunk.subarray(start, end));
      this.#pieceBytes += end - start;
    } else if (!this.#inList) {
      this.#envelope += chunk.toString("latin1", start, end);
    }
    if (this.#pieceBytes > MAX_OBJECT_BYTES || this.#envelope.length > MAX_ENVELOPE_CHARACTERS) {
      throw unreadable("list", "an element is too long");
    }
  }

  #finish(last: Uint8Array): void {
    const element = this.#pieces.length === 0 ? last : Buffer.concat([...this.#pieces, last]);
    this.#pieces = [];
    this.#pieceBytes = 0;
    this.#onElement(element);
  }
}
