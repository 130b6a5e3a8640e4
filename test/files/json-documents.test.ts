import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJsonDocument } from "../../src/files/json-documents.ts";

test("reads one value after the other, whatever stands between them", () => {
  for (const text of ['{"a":1}{"a":[2]}\n\t{"a":3}', ' {"a":1}\n{"a":[2]} {"a":3} ']) {
    assert.deepEqual(parseJsonDocument(text)?.values, [{ a: 1 }, { a: [2] }, { a: 3 }], text);
  }
  assert.deepEqual(parseJsonDocument('{"a}{": "\\"}{", "b": "\\\\"}{}')?.values, [{ "a}{": '"}{', b: "\\" }, {}]);
});

test("leaves what is no JSON to YAML", () => {
  for (const text of ["{a: b}", '{"a": 1', '{"a": 1} x', "a: 1", '{"a": "', "]"]) {
    assert.equal(parseJsonDocument(text), undefined, text);
  }
});

test("says which keys stand twice in one object, and where", () => {
  const text = '{"a": 1, "b": {"a": 1, "c\\"": [{"a": 1}, {"a": "b:"}]},\n "a": {"x": 1,\n "x": 2}}';
  assert.deepEqual(parseJsonDocument(text)?.repeated, [
    { key: "a", line: 2 },
    { key: "x", line: 3 },
  ]);
});

test("takes a payload of many megabytes", () => {
  const payload = "\\\\x".repeat(3_000_000);
  assert.deepEqual(parseJsonDocument(`{"a": "${payload}", "a": 1}`)?.repeated, [{ key: "a", line: 1 }]);
});
