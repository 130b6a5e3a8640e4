import assert from "node:assert/strict";
import { test } from "node:test";
import { wantsColour } from "../../../src/cli/explain/colour.ts";
import { renderTable } from "../../../src/cli/explain/text-table.ts";

const LINES = [
  { cells: ["long cell", "b"] },
  { note: "  a note that is wider than every column", style: "dim" },
  { cells: ["", "c"] },
  { cells: ["only the first", ""] },
] as const;

test("aligns columns, ends no line with a space and lets notes widen nothing", () => {
  const table = renderTable(LINES, { columns: ["ONE", "TWO"], styles: ["bold", "green"], hasColour: false });
  assert.deepEqual(table.split("\n"), [
    "ONE             TWO",
    "long cell       b",
    "  a note that is wider than every column",
    "                c",
    "only the first",
    "",
  ]);
});

test("colours change nothing but colours", () => {
  const layout = { columns: ["ONE", "TWO"], styles: ["bold", "green"] } as const;
  const coloured = renderTable(LINES, { ...layout, hasColour: true });
  assert.ok(coloured.includes("\u001b[32mb\u001b[0m"));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  const bare = coloured.replace(/\u001b\[\d+m/g, "");
  assert.equal(bare, renderTable(LINES, { ...layout, hasColour: false }));
});

test("colours only for a terminal without NO_COLOR that is not dumb", () => {
  for (const [isTerminal, env, expected] of [
    [true, {}, true],
    [true, { NO_COLOR: "" }, true],
    [true, { NO_COLOR: "1" }, false],
    [true, { TERM: "dumb" }, false],
    [false, {}, false],
  ] as const) {
    assert.equal(wantsColour({ isTerminal, env }), expected, JSON.stringify([isTerminal, env]));
  }
});
