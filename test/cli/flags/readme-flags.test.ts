import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { EXPLAIN_FLAGS } from "../../../src/cli/explain/options.ts";
import { renderFlagMarkdown } from "../../../src/cli/flags/flag-help.ts";
import { SERVE_FLAGS } from "../../../src/cli/serve/options.ts";

const README = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");

for (const [command, flags] of [
  ["serve", SERVE_FLAGS],
  ["explain", EXPLAIN_FLAGS],
] as const) {
  test(`README.md shows every flag of ${command} as the program knows it`, () => {
    const start = `<!-- flags:${command} -->\n`;
    const from = README.indexOf(start);
    assert.notEqual(from, -1, `README.md has a line ${start}`);
    const table = README.slice(from + start.length, README.indexOf("<!-- /flags -->", from));
    assert.equal(table, renderFlagMarkdown(flags));
  });
}
