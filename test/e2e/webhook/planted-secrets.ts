/** Recognisable passwords and every form in which a piece of one can stand in memory. It only searches; nothing is kept. */
import { createReadStream } from "node:fs";

/** Common to all planted passwords; letters that base64 leaves without `+` and `/` are of no importance here. */
const MARKER = "planted7Kq2mVx9RtBw4";

/** A password that holds the marker. */
export function plantedPassword(number: number): string {
  return `${MARKER}-${number}`;
}

/** The marker as it is, in base64 at each of the three places where it can begin, and each of these in base64 once more. */
export function formsOfMarker(): readonly string[] {
  const once = alignments(MARKER);
  return [MARKER, ...once, ...once.flatMap(alignments)];
}

/** What of the base64 of a longer text is the same whatever stands before and after `part`. */
function alignments(part: string): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.from("_".repeat(offset) + part).toString("base64");
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor(((offset + part.length) * 8) / 6);
    return encoded.slice(first, last);
  });
}

/** Those of `texts` that occur in the file. */
export async function findInFile(path: string, texts: readonly string[]): Promise<readonly string[]> {
  const overlap = Math.max(...texts.map((text) => text.length)) - 1;
  const found = new Set<string>();
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    const piece = Buffer.concat([rest, chunk as Buffer]);
    for (const text of texts) if (piece.includes(text)) found.add(text);
    rest = piece.subarray(Math.max(0, piece.length - overlap));
  }
  return texts.filter((text) => found.has(text));
}
