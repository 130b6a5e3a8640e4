import assert from "node:assert/strict";
import { test } from "node:test";
import { parseYamlDocument } from "../../src/files/yaml-document.ts";

/** What kubectl's own reader, sigs.k8s.io/yaml 1.6, makes of a document. */
const AS_KUBECTL: readonly (readonly [text: string, value: unknown])[] = [
  ["mode: 0644", { mode: 420 }],
  ["mode: 0o17\nhex: 0x1F\nbits: -0b11\nlong: 1_000", { mode: 15, hex: 31, bits: -3, long: 1000 }],
  ["a: 08\nb: 1e3\nc: 1_0.5\nd: _1\ne: 1:30", { a: 8, b: 1000, c: 10.5, d: "_1", e: "1:30" }],
  ["a: yes\nb: off\nc: n\nd: tRUE", { a: true, b: false, c: false, d: "tRUE" }],
  ["a: 2026-01-01", { a: "2026-01-01" }],
  ["a: ~\nb: Null\nc:", { a: null, b: null, c: null }],
  ["a: b\t# c\nd:\te", { a: "b", d: "e" }],
  ["a: {b: c,\n\td: e\n}", { a: { b: "c", d: "e" } }],
  ["a: [\nb,\nc\n]", { a: ["b", "c"] }],
  ["a: 'x\n\ty'\nb: \"x\ny\"", { a: "x y", b: "x y" }],
  ["a: &x {b: 1}\nc:\n  <<: *x\n  b: 2", { a: { b: 1 }, c: { b: 2 } }],
];

test("reads numbers, booleans, dates, tabs and flowing lines as kubectl does", () => {
  for (const [text, value] of AS_KUBECTL) {
    assert.deepEqual(parseYamlDocument(text), { values: [value], repeated: [] }, text);
  }
});

test("takes the last of a key that stands twice, and says where that is", () => {
  const text = "a:\n  - {k: 1, k: 2}\nb: {a: x}\nk: 1\n'k': 2\nb: 3\n";
  assert.deepEqual(parseYamlDocument(text), {
    values: [{ a: [{ k: 2 }], b: 3, k: 2 }],
    repeated: [
      { key: "k", line: 2 },
      { key: "k", line: 5 },
      { key: "b", line: 6 },
    ],
  });
});

test("says what people get wrong in words that help", () => {
  for (const [text, line, reason] of [
    ["a:\n\tb: c", 2, "a tab begins the line; indent it with spaces"],
    ["a: {{ .Values.x }}", 1, "it is a template that is not rendered yet; pipe what helm template prints into -f -"],
    ["a: &x\n  b: *x", null, "an alias stands in what it names, or aliases make the document too large"],
  ] as const) {
    assert.deepEqual(parseYamlDocument(text), { line, reason: `not valid YAML: ${reason}` }, text);
  }
});

test("refuses aliases that stand for a billion values", () => {
  const lines = ["a0: &a0 [x, x]"];
  for (let level = 1; level < 30; level += 1) lines.push(`a${level}: &a${level} [*a${level - 1}, *a${level - 1}]`);
  assert.ok("reason" in parseYamlDocument(lines.join("\n")));
});
