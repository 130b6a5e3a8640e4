/** The memo agrees with the function that it spares, and stays within its bounds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Memo } from "../../../src/core/kubelet/memo.ts";
import { checkProperty } from "../admission/property.ts";

const BOUNDS = { entries: 3, maxKeyLength: 4 };

test("a memo gives what the function gives, whatever was asked before, and holds twice its entries at most", () => {
  checkProperty(
    fc.property(fc.array(fc.string({ maxLength: 6 }), { maxLength: 40 }), (keys) => {
      const memo = new Memo<string>(BOUNDS);
      for (const key of keys) {
        assert.equal(
          memo.get(key, (text) => `<${text}>`),
          `<${key}>`,
        );
        assert.ok(memo.size <= 2 * BOUNDS.entries);
      }
    }),
  );
});

test("what is asked for again and again is made once", () => {
  const memo = new Memo<number>(BOUNDS);
  let made = 0;
  const make = (): number => {
    made += 1;
    return made;
  };
  for (let round = 0; round < 20; round += 1) {
    assert.equal(memo.get("kept", make), 1);
    memo.get(String(round), () => 0);
  }
  assert.equal(made, 1);
});

test("a key that is too long is not kept", () => {
  const memo = new Memo<string>(BOUNDS);
  memo.get("12345", () => "value");
  assert.equal(memo.size, 0);
});
