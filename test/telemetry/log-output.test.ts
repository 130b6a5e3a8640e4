/** The batches of the log: nothing is lost, turned around or cut, however the process ends. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { batchLines } from "../../src/telemetry/log-output.ts";
import { checkProperty } from "../core/admission/property.ts";

interface Collected {
  readonly batches: Buffer[];
  syncs: number;
}

function collect(): { readonly seen: Collected; readonly output: ReturnType<typeof batchLines> } {
  const seen: Collected = { batches: [], syncs: 0 };
  const writer = {
    write: (batch: Buffer) => seen.batches.push(batch),
    flushSync: () => {
      seen.syncs += 1;
    },
  };
  return { seen, output: batchLines(writer) };
}

test("lines of any length and script arrive whole and in order", () => {
  const line = fc
    .tuple(fc.string({ unit: "binary", minLength: 1 }), fc.constantFrom(1, 100, 20_000))
    .map(([text, times]) => `${text.replaceAll(/\p{Surrogate}/gu, "?").repeat(times)}\n`);
  checkProperty(
    fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
      const { seen, output } = collect();
      for (const text of lines) {
        output.write(text);
      }
      output.flushSync();
      assert.equal(Buffer.concat(seen.batches).toString(), lines.join(""));
    }),
    50,
  );
});

test("a batch that is full of long characters cuts none of them", () => {
  const { seen, output } = collect();
  const line = `${"€".repeat(100)}\n`;
  for (let index = 0; index < 1000; index += 1) {
    output.write(line);
  }
  output.flushSync();
  assert.equal(Buffer.concat(seen.batches).toString(), line.repeat(1000));
});

test("short lines leave together, and the last ones after a moment", async () => {
  const { seen, output } = collect();
  for (let index = 0; index < 3000; index += 1) {
    output.write(`${"x".repeat(99)}\n`);
  }
  assert.ok(seen.batches.length >= 2 && seen.batches.length <= 10, `${seen.batches.length} batches`);
  while (Buffer.concat(seen.batches).length < 300_000) {
    await sleep(10);
  }
});

test("flushSync hands over what is held and lets the writer finish", () => {
  const { seen, output } = collect();
  output.write("held\n");
  assert.equal(seen.batches.length, 0);
  output.flushSync();
  assert.deepEqual([String(seen.batches[0]), seen.syncs], ["held\n", 1]);
});

for (const [how, end, exitStatus] of [
  ["by itself", "", 0],
  ["by process.exit", "process.exit(3);", 3],
  ["by a fatal line and process.exit", 'logger.fatal("last"); process.exit(3);', 3],
  ["with an exception", 'setImmediate(() => { throw new Error("on purpose"); });', 1],
] as const) {
  test(`a process that ends ${how} loses no line`, () => {
    const program = `
      import { createLogger } from "./src/telemetry/logger.ts";
      const logger = createLogger({ level: "info", version: "1" });
      for (let index = 0; index < 500; index += 1) logger.info({ index }, "Line");
      ${end}`;
    const { stdout, status } = spawnSync(
      process.execPath,
      ["--import", "tsx", "--input-type=module", "--eval", program],
      {
        encoding: "utf8",
      },
    );
    assert.equal(status, exitStatus);
    const lines = stdout.split("\n").filter((line) => line.includes('"msg":"Line"'));
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).index),
      Array.from({ length: 500 }, (_, index) => index),
    );
  });
}
