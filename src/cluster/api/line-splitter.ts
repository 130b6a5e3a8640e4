/** Cuts the stream of a watch into its lines, as bytes. It reads nothing in them. */

import { NEWLINE } from "../../core/go/ascii.ts";
import { MAX_OBJECT_BYTES } from "./answer-limits.ts";
import { unreadable } from "./api-server-error.ts";

/** Gives the lines that are not empty. @throws ApiServerError when one is longer than any object can be */
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
