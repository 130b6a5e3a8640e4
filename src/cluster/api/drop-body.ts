/** Lets go of an answer whose body is of no interest. */
import type { IncomingMessage } from "node:http";

/** Bodies of no interest are read up to here, so that their connection can be used again. */
const MAX_DROPPED_BYTES = 65_536;

/** Reads a body and forgets it; a long one is cut off, with its connection. Never rejects. */
export async function dropBody(body: IncomingMessage): Promise<void> {
  let length = 0;
  try {
    for await (const chunk of body) {
      length += (chunk as Buffer).length;
      if (length > MAX_DROPPED_BYTES) {
        return;
      }
    }
  } catch {
    // Its connection is closed.
  }
}
