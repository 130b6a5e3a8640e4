/** Cuts answers of the API server into objects, as bytes, while they arrive. No answer but a single object is held whole. */
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  NEWLINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from "../../core/go/ascii.ts";
import { unreadable } from "./api-server-error.ts";

/** Longest object, in bytes: etcd refuses objects beyond 1.5 MiB; base64 and escapes make them longer, not five times. */
const MAX_OBJECT_BYTES = 8 * 1024 * 1024;
/** Longest text around the elements of a list: its metadata, and the column definitions of a table, some kilobytes. */
const MAX_ENVELOPE_CHARACTERS = 1024 * 1024;
/** Depth at which the elements of a list are opened: the document, the array, the element. */
const ELEMENT_DEPTH = 3;

/** Reads the one object that an answer is. @throws ApiServerError when it is too long */
export async function readWhole(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_OBJECT_BYTES) throw unreadable("object", "it is too long");
  }
  return Buffer.concat(chunks);
}

/** Gives the lines of a watch that are not empty. @throws ApiServerError when one is longer than any object can be */
export async function* splitLines(stream: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = Buffer.concat([...pieces, chunk.subarray(start, end)]);
      pieces = [];
      length = 0;
      start = end + 1;
      if (line.length > 0) yield line;
    }
    pieces.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > MAX_OBJECT_BYTES) throw unreadable("watch", "a line is too long");
  }
}

/**
 * Finds the elements of a list. What is around them, the envelope, is kept as text. It checks only as much syntax as it needs.
 * Feed it with `push`, then call `end`.
 */
export class ListSplitter {
  readonly #member: RegExp;
  readonly #onElement: (element: Uint8Array) => void;
  #envelope = "";
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  #depth = 0;
  #inText = false;
  #isEscaped = false;
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
      const byte = chunk[at];
      if (this.#inText) {
        this.#inText = this.#isEscaped || byte !== QUOTE;
        this.#isEscaped = !this.#isEscaped && byte === BACKSLASH;
      } else if (byte === QUOTE) {
        this.#inText = true;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        this.#depth += 1;
        if (this.#depth === 2 && byte === OPEN_BRACKET) {
          this.#keep(chunk.subarray(start, at));
          this.#inList = this.#member.test(this.#envelope);
          start = at;
        } else if (this.#inList && this.#depth === ELEMENT_DEPTH) {
          // Only commas and white space stand between elements; they are of no use.
          start = at;
        }
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        this.#depth -= 1;
        if (this.#inList && this.#depth === ELEMENT_DEPTH - 1) {
          const last = chunk.subarray(start, at + 1);
          this.#onElement(this.#pieces.length === 0 ? last : Buffer.concat([...this.#pieces, last]));
          this.#pieces = [];
          this.#pieceBytes = 0;
        } else if (this.#inList && this.#depth === 1) {
          this.#inList = false;
          this.#envelope += "[";
          start = at;
        }
      }
    }
    this.#keep(chunk.subarray(start));
  }

  /** Gives the text around the elements. @throws ApiServerError when the answer is not complete */
  end(): string {
    if (this.#depth !== 0 || this.#inText || this.#envelope === "") throw unreadable("list", "it ended too early");
    return this.#envelope;
  }

  /** Keeps bytes that a later piece continues: of an element, or of the envelope. */
  #keep(piece: Buffer): void {
    if (this.#inList && this.#depth >= ELEMENT_DEPTH) {
      this.#pieces.push(piece);
      this.#pieceBytes += piece.length;
    } else if (!this.#inList) {
      this.#envelope += piece.toString("latin1");
    }
    if (this.#pieceBytes > MAX_OBJECT_BYTES || this.#envelope.length > MAX_ENVELOPE_CHARACTERS) {
      throw unreadable("list", "an element is too long");
    }
  }
}
