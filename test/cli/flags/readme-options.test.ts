import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Command } from "commander";
import { addOptions } from "../../../src/cli/flags/option-table.ts";
import { CONTROLLER, DOCTOR, EXPLAIN, SERVE } from "../../../src/cli/program.ts";

const README = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");

for (const { name, options: table } of [SERVE, EXPLAIN, DOCTOR, CONTROLLER]) {
  const command = new Command();
  addOptions<unknown>(command, table);

  test(`README.md shows every option of ${name} as the program knows it`, () => {
    const rows = command.options
      .filter(({ hidden }) => !hidden)
      .map(({ flags, description, defaultValueDescription: shown }) => {
        return `| \`${flags}\` | ${shown === undefined ? "" : `\`${shown}\``} | ${description} |\n`;
      });
    const markdown = `| flag | default | meaning |\n|---|---|---|\n${rows.join("")}`;
    assert.ok(README.includes(`<!-- flags:${name} -->\n${markdown}<!-- /flags -->`), `it should be\n${markdown}`);
  });

  test(`each row of ${name} stands under the name that commander gives its value`, () => {
    const names = command.options.map((option) => option.attributeName());
    assert.deepEqual(names, Object.keys(table));
  });
}
