/** The stream of a watch cut into its lines. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { splitLines } from "../../../src/cluster/api/line-splitter.ts";
import { cut, inChunks } from "./cut.ts";

async function linesOf(pieces: readonly Buffer[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of splitLines(Readable.from(pieces))) {
    lines.push(Buffer.from(line).toString());
  }
  return lines;
}

test("finds the lines of any stream, wherever it is cut", () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.string()), fc.array(fc.nat()), async (texts, places) => {
      const lines = texts.map((text) => JSON.stringify(text));
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
      assert.deepEqual(await linesOf(cut(bytes, places)), lines);
    }),
  ));

test("bounds the length of each line, and not that of all of them", async () => {
  const lines = Buffer.from(`${"x".repeat(400_000)}\n`.repeat(30));
  assert.equal((await linesOf(inChunks(lines))).length, 30);
  await assert.rejects(linesOf(inChunks(Buffer.alloc(9_000_000, "x"))), /a line is too long/);
});
