/** Writes much text to a stream in few pieces and never faster than the reader takes it. */
import { once } from "node:events";
import type { Writable } from "node:stream";

/** Text is handed on in pieces of about this many characters. */
const PIECE_LENGTH = 65_536;

/** @see write */
export class TextOutput {
  readonly #stream: Writable;
  #pieces: string[] = [];
  #length = 0;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** Takes `text`; waits when the reader is behind. */
  async write(text: string): Promise<void> {
    this.#pieces.push(text);
    this.#length += text.length;
    if (this.#length >= PIECE_LENGTH) {
      await this.flush();
    }
  }

  /** Hands on what is left. */
  async flush(): Promise<void> {
    const text = this.#pieces.join("");
    this.#pieces = [];
    this.#length = 0;
    if (text !== "" && !this.#stream.write(text)) {
      await once(this.#stream, "drain");
    }
  }
}
