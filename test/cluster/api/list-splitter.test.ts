/** Lists cut into their elements while they arrive. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ListSplitter } from "../../../src/cluster/api/list-splitter.ts";
import { cut, inChunks } from "./cut.ts";

const jsonObjects = fc.array(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), { maxLength: 5 });

test("finds the elements of any list, wherever its stream is cut", () => {
  fc.assert(
    fc.property(jsonObjects, fc.array(fc.nat()), fc.boolean(), (items, places, isIndented) => {
      const list = {
        kind: 'List"items":[',
        metadata: { resourceVersion: "7", x: [[{}]] },
        items,
        after: [{ a: "]" }],
      };
      const bytes = Buffer.from(JSON.stringify(list, null, isIndented ? 2 : 0));
      const elements: unknown[] = [];
      const splitter = new ListSplitter("items", (element) =>
        elements.push(JSON.parse(Buffer.from(element).toString())),
      );
      for (const piece of cut(bytes, places)) splitter.push(piece);
      assert.deepEqual(elements, JSON.parse(JSON.stringify(items)));
      assert.deepEqual(JSON.parse(splitter.end()), { ...list, items: [] });
    }),
  );
});

test("refuses a list that ends too early", () => {
  const bytes = Buffer.from('{"metadata":{"resourceVersion":"7"},"items":[{"a":"b"},{"c":1}]}');
  for (let length = 0; length < bytes.length; length += 1) {
    const splitter = new ListSplitter("items", () => undefined);
    splitter.push(bytes.subarray(0, length));
    assert.throws(() => splitter.end(), /ended too early/);
  }
});

function countElements(items: readonly unknown[]): number {
  let count = 0;
  const splitter = new ListSplitter("items", () => {
    count += 1;
  });
  inChunks(Buffer.from(JSON.stringify({ items }))).forEach((piece) => {
    splitter.push(piece);
  });
  splitter.end();
  return count;
}

test("bounds the length of each element, and not that of all of them", () => {
  const items = Array.from({ length: 30 }, () => ({ data: "x".repeat(400_000) }));
  assert.equal(countElements(items), 30);
  assert.throws(() => countElements([{ data: "x".repeat(9_000_000) }]), /an element is too long/);
});
