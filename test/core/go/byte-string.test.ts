import assert from "node:assert/strict";
import { test } from "node:test";
import { compareBytes, decodeByteString, toByteString } from "../../../src/core/go/byte-string.ts";

for (const [text, bytes] of [
  ["quay.io", "quay.io"],
  ["é", "\xc3\xa9"],
  ["€", "\xe2\x82\xac"],
  ["😀", "\xf0\x9f\x98\x80"],
  ["\ud83d", "\xef\xbf\xbd"],
  ["", ""],
] as const) {
  test(`the byte string of ${JSON.stringify(text)} holds its UTF-8 bytes`, () => {
    assert.equal(toByteString(text), bytes);
    assert.equal(decodeByteString(bytes), text.replace(/\ud83d$/, "\ufffd"));
  });
}

test("bytes that are not UTF-8 are no text, and a byte order mark is one", () => {
  assert.equal(decodeByteString("a\xff"), undefined);
  assert.equal(decodeByteString("\xef\xbb\xbfa"), "\ufeffa");
});

test("texts are ordered by their UTF-8 bytes, not by UTF-16 units", () => {
  assert.equal(compareBytes("a", "a"), 0);
  assert.ok(compareBytes("a", "b") < 0);
  assert.ok(compareBytes("b", "a") > 0);
  assert.ok(compareBytes("\uffff", "😀") < 0);
  assert.deepEqual(["😀", "é", "Z", "a", "*", "\uffff"].sort(compareBytes), ["*", "Z", "a", "é", "\uffff", "😀"]);
});
