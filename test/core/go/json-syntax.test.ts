import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { forEachElement, forEachMember, isJson, skipValue } from "../../../src/core/go/json-syntax.ts";
import { checkProperty } from "../admission/property.ts";

const encoder = new TextEncoder();

for (const text of [
  ...`null true false 0 -0 -1.5e+10 1E-2 10 1e400 "" [] {} {"a":{"b":[{}]},"c":[]} {"a":1,"a":2} [[],[[]]]`.split(
    /\s+/,
  ),
  ...[" \t\r\n[ 1 , 2 ]\n", '"\\u00e9\\n"', `${"1".repeat(500)}`],
]) {
  test(`${JSON.stringify(text).slice(0, 50)} is JSON`, () => assert.equal(isJson(encoder.encode(text)), true));
}

for (const text of [
  ...`nul nulL True 01 - +1 1. .5 1e 1e+ 1.e5 'a' "a [1,] [,1] [ ] [} { {"a"} {"a":} {"a":1,}
    {,} {1:2} {"a":1] {}x [1]] {a:1} [1 {"a":1 {"a [tru] 1a`.split(/\s+/),
  ...[
    "",
    " ",
    "\ufeff{}",
    '"\t"',
    '"\\x"',
    '"\\u00g0"',
    '"\\',
    '"\\u12',
    "[1 2]",
    '{"a" 1}',
    "{} {}",
    "// a\n{}",
    "\u00a0{}",
    '{"a":1 "b":2}',
  ],
]) {
  test(`${JSON.stringify(text)} is not JSON`, () => assert.equal(isJson(encoder.encode(text)), false));
}

test("a value may be nested 10,000 deep and no deeper", () => {
  for (const [open, close] of [
    ["[", "]"],
    ['{"a":', "}"],
  ] as const) {
    const nested = (depth: number): Uint8Array =>
      encoder.encode(`${open.repeat(depth - 1)}[]${close.repeat(depth - 1)}`);
    assert.equal(isJson(nested(10_000)), true);
    assert.equal(isJson(nested(10_001)), false);
  }
});

test("what JSON.parse accepts and what is accepted is the same, for texts near to JSON", () => {
  const near = fc.tuple(
    fc.json(),
    fc.nat(),
    fc.constantFrom("", "{", "}", "[", "]", ",", ":", '"', "\\", "e", ".", "-", "0", " ", "\n", "u"),
  );
  checkProperty(
    fc.property(near, ([json, place, inserted]) => {
      const at = place % (json.length + 1);
      const text = json.slice(0, at) + inserted + json.slice(inserted === "" ? at + 1 : at);
      let parses = true;
      try {
        JSON.parse(text);
      } catch {
        parses = false;
      }
      assert.equal(isJson(encoder.encode(text)), parses, text);
    }),
    2000,
  );
});

test("members are visited in order, duplicates and all, whatever their values", () => {
  const text = ' { "a" : [1, {"x": "}"}] , "b":{"c":{}},"a":null,"":-1.5 } ';
  const bytes = encoder.encode(text);
  const seen: string[] = [];
  forEachMember(bytes, 1, (name, value) => {
    seen.push(`${text.slice(name, skipValue(bytes, name))}=${text.slice(value, skipValue(bytes, value))}`);
  });
  assert.deepEqual(seen, ['"a"=[1, {"x": "}"}]', '"b"={"c":{}}', '"a"=null', '""=-1.5']);
});

test("visits each element of an array, whatever stands between them", () => {
  for (const [text, starts] of [
    ["[]", []],
    ["[ 1 , [2, 3],{} ]", [2, 6, 13]],
  ] as const) {
    const found: number[] = [];
    forEachElement(new TextEncoder().encode(text), 0, (value) => found.push(value));
    assert.deepEqual(found, starts);
  }
});
