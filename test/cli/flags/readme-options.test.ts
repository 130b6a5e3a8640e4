import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Command } from "commander";
import { addOptions, type OptionTable } from "../../../src/cli/flags/option-table.ts";
import { EXPLAIN, SERVE } from "../../../src/cli/program.ts";

const README = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");

/** The markdown table that stands in the README between `<!-- flags:COMMAND -->` and `<!-- /flags -->`. */
function renderMarkdown(options: readonly Command["options"][number][]): string {
  const rows = options.map(
    ({ flags, description, defaultValueDescription: shown }) =>
      `| \`${flags}\` | ${shown === undefined ? "" : `\`${shown}\``} | ${description} |\n`,
  );
  return `| flag | default | meaning |\n|---|---|---|\n${rows.join("")}`;
}

function commandWith<Options>(table: OptionTable<Options>): Command {
  const command = new Command();
  addOptions(command, table);
  return command;
}

for (const [name, command] of [
  ["serve", commandWith(SERVE.options)],
  ["explain", commandWith(EXPLAIN.options)],
] as const) {
  test(`README.md shows every option of ${name} as the program knows it`, () => {
    const start = `<!-- flags:${name} -->\n`;
    const from = README.indexOf(start);
    assert.notEqual(from, -1, `README.md has a line ${start}`);
    const table = README.slice(from + start.length, README.indexOf("<!-- /flags -->", from));
    assert.equal(table, renderMarkdown(command.options.filter(({ hidden }) => !hidden)));
  });
}

test("each row of the tables stands under the name that commander gives its value", () => {
  for (const table of [SERVE.options, EXPLAIN.options]) {
    const names = commandWith<unknown>(table).options.map((option) => option.attributeName());
    assert.deepEqual(names, Object.keys(table));
  }
});
