import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { createPaint, renderTable } from "../../../src/cli/explain/text-table.ts";

const LINES = [
  { cells: ["long cell", "b"] },
  { note: "  a note that is wider than every column", style: "dim" },
  { cells: ["", "c"] },
  { cells: ["only the first", ""] },
] as const;
const COLUMNS = [
  { heading: "ONE", style: "bold" },
  { heading: "TWO", style: "green" },
] as const;

/** A terminal of as many colours as `getColorDepth` says, which Node takes from the environment. */
const TERMINAL = Object.assign(new PassThrough(), { isTTY: true, getColorDepth: () => 4 });

test("aligns columns, ends no line with a space and lets notes widen nothing", () => {
  const table = renderTable(LINES, COLUMNS, createPaint(new PassThrough()));
  assert.deepEqual(table.split("\n"), [
    "ONE             TWO",
    "long cell       b",
    "  a note that is wider than every column",
    "                c",
    "only the first",
    "",
  ]);
});

test("colours are for terminals alone and change nothing but colours", () => {
  const coloured = renderTable(LINES, COLUMNS, createPaint(TERMINAL));
  assert.ok(coloured.includes("\u001b[32mb\u001b["));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  const bare = coloured.replace(/\u001b\[\d+m/g, "");
  assert.equal(bare, renderTable(LINES, COLUMNS, createPaint(new PassThrough())));
});
