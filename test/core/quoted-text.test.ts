import assert from "node:assert/strict";
import { test } from "node:test";
import { escapeText, quoteText } from "../../src/core/quoted-text.ts";

for (const [text, escaped] of [
  ["quay.io/acme/web:1", "quay.io/acme/web:1"],
  ['a"b\\c', 'a\\"b\\\\c'],
  ["a\nb\rc\td", "a\\nb\\rc\\td"],
  ["\u001b[31m", "\\u001b[31m"],
  ["\u202ewolf", "\\u202ewolf"],
  ["é\ud83d", "\\u00e9\\ud83d"],
  ["\u007f", "\\u007f"],
] as const) {
  test(`${JSON.stringify(text)} is shown as ${escaped}`, () => {
    assert.equal(escapeText(text), escaped);
    assert.equal(quoteText(text, 100), `"${escaped}"`);
  });
}

test("a long text is cut in its middle to the length that was asked for", () => {
  assert.equal(quoteText("abcdefghijklmnopqrstuvwxyz", 26), '"abcdefghijk...qrstuvwxyz"');
  for (const length of [10, 11, 31, 60]) {
    const quoted = quoteText("x".repeat(500), length);
    assert.equal(quoted.length, length);
    assert.match(quoted, /^"x+\.\.\.x+"$/);
  }
});

test("of a very long text the ends are shown as if all of it had been escaped", () => {
  for (const [text, length, quoted] of [
    ["\n".repeat(1000), 13, '"\\n\\n...\\n\\n"'],
    [`"a${"x".repeat(1000)}b"`, 11, '"\\"a...b\\""'],
  ] as const) {
    assert.equal(quoteText(text, length), quoted);
  }
});
