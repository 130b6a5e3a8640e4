/** Lists and watches that arrive in pieces, cut into their elements and lines. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { ListSplitter, splitLines } from "../../../src/cluster/api/object-stream.ts";

/** Cuts `bytes` at the given places. */
function cut(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...ends].map((start, i) => bytes.subarray(start, ends[i] ?? bytes.length));
}

/** Cuts `text` into pieces of 64 KiB, as sockets give them. */
function inChunks(text: string): readonly Buffer[] {
  return cut(
    Buffer.from(text),
    Array.from({ length: text.length / 65_536 }, (_, i) => (i + 1) * 65_536),
  );
}

/** The elements in `items` of a list, and its envelope. */
function split(pieces: readonly Buffer[]): { readonly elements: readonly string[]; readonly envelope: string } {
  const elements: string[] = [];
  const splitter = new ListSplitter("items", (element) => elements.push(Buffer.from(element).toString()));
  for (const piece of pieces) splitter.push(piece);
  return { elements, envelope: splitter.end() };
}

async function linesOf(pieces: readonly Buffer[]): Promise<readonly string[]> {
  const lines = await Readable.from(splitLines(Readable.from(pieces))).toArray();
  return lines.map((line) => Buffer.from(line).toString());
}

const jsonObjects = fc.array(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), { maxLength: 5 });

test("finds the elements of any list, wherever its stream is cut", () => {
  fc.assert(
    fc.property(jsonObjects, fc.array(fc.nat()), fc.boolean(), (items, places, isIndented) => {
      const metadata = { resourceVersion: "7", x: [[{}]] };
      const list = { kind: 'List"items":[', metadata, items, after: [{ a: "]" }] };
      const { elements, envelope } = split(cut(Buffer.from(JSON.stringify(list, null, isIndented ? 2 : 0)), places));
      assert.deepEqual(
        elements.map((element) => JSON.parse(element)),
        JSON.parse(JSON.stringify(items)),
      );
      assert.deepEqual(JSON.parse(envelope), { ...list, items: [] });
    }),
  );
});

test("refuses a list that ends too early", () => {
  const bytes = Buffer.from('{"metadata":{"resourceVersion":"7"},"items":[{"a":"b"},{"c":1}]}');
  for (let length = 0; length < bytes.length; length += 1) {
    assert.throws(() => split([bytes.subarray(0, length)]), /ended too early/);
  }
});

test("finds the lines of any stream, wherever it is cut", () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.string()), fc.array(fc.nat()), async (texts, places) => {
      const lines = texts.map((text) => JSON.stringify(text));
      assert.deepEqual(await linesOf(cut(Buffer.from(lines.map((line) => `${line}\n`).join("")), places)), lines);
    }),
  ));

test("bounds the length of each element and line, and not that of all of them", async () => {
  const element = `{"data":"${"x".repeat(400_000)}"}`;
  const large = "x".repeat(9_000_000);
  assert.equal(split(inChunks(`{"items":[${`${element},`.repeat(29)}${element}]}`)).elements.length, 30);
  assert.throws(() => split(inChunks(`{"items":[{"data":"${large}"}]}`)), /an element is too long/);
  assert.equal((await linesOf(inChunks(`${element}\n`.repeat(30)))).length, 30);
  await assert.rejects(linesOf(inChunks(large)), /a line is too long/);
});
