import assert from "node:assert/strict";
import { test } from "node:test";
import { arrayAt, isObject, memberAt, memberOf, stringOf } from "../../src/core/json-value.ts";

for (const [value, expected] of [
  [{}, true],
  [[], false],
  [null, false],
  ["text", false],
  [undefined, false],
] as const) {
  test(`${JSON.stringify(value)} ${expected ? "is" : "is not"} an object`, () => {
    assert.equal(isObject(value), expected);
  });
}

test("a member is only what an object itself has", () => {
  assert.equal(memberOf({ a: 1 }, "a"), 1);
  for (const [value, name] of [
    [{}, "toString"],
    [{}, "__proto__"],
    [[1], "0"],
    ["ab", "length"],
    [null, "a"],
  ] as const) {
    assert.equal(memberOf(value, name), undefined, name);
  }
  assert.equal(memberOf(JSON.parse('{"__proto__": 2}'), "__proto__"), 2);
});

test("a path of members ends at the first that is missing", () => {
  assert.equal(memberAt({ a: { b: { c: 3 } } }, ["a", "b", "c"]), 3);
  assert.equal(memberAt({ a: "text" }, ["a", "b", "c"]), undefined);
});

test("what is no array is an empty one", () => {
  assert.deepEqual(arrayAt({ a: { b: [3] } }, ["a", "b"]), [3]);
  assert.deepEqual(arrayAt({ a: { length: 1 } }, ["a"]), []);
  assert.deepEqual(arrayAt(null, ["a"]), []);
});

test("only strings are taken for strings", () => {
  assert.equal(stringOf("text"), "text");
  assert.equal(stringOf(1), undefined);
});
