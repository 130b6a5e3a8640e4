/** The log of the process: its fields, and that no line is lost however the process ends. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { boundText, createLogger } from "../../src/telemetry/logger.ts";

test("a line has the time, the level, the version and its own fields", () => {
  const lines: string[] = [];
  const logger = createLogger({ level: "info", version: "1.2.3", destination: { write: (line) => lines.push(line) } });
  logger.child({ logger: "webhook" }).info({ name: "web" }, "Something");
  logger.debug("Nothing");
  const [line = "", ...more] = lines;
  const { ts, ...fields } = JSON.parse(line) as { readonly ts: string };
  assert.ok(Math.abs(Date.parse(ts) - Date.now()) < 60_000 && ts.endsWith("Z"), ts);
  assert.deepEqual(
    [more, fields],
    [[], { level: "info", version: "1.2.3", logger: "webhook", name: "web", msg: "Something" }],
  );
});

test("text from outside has 256 characters at most", () => {
  assert.equal(boundText("a".repeat(256)), "a".repeat(256));
  assert.equal(boundText("a".repeat(257)), `${"a".repeat(253)}...`);
});

/** A process that logs 2,000 lines, which is more than a pipe holds, and then runs `end`. */
const processThat = (end: string): string => `
  const { createLogger } = await import("./src/telemetry/logger.ts");
  const logger = createLogger({ level: "info", version: "1" });
  for (let index = 0; index < 2000; index += 1) logger.info({ index }, "Line");
  ${end}`;

for (const [how, end, exitStatus] of [
  ["by itself", "", 0],
  ["by process.exit", "process.exit(3);", 3],
  ["by a fatal line and process.exit", 'logger.fatal("last"); process.exit(3);', 3],
] as const) {
  test(`a process that ends ${how} loses no line, though its reader is slow`, () => {
    const node = `${process.execPath} --import tsx --input-type=module --eval '${processThat(end).replaceAll("'", '"')}'`;
    const command = `set -o pipefail; ${node} | { sleep 0.5; cat; }`;
    const { stdout, status } = spawnSync("bash", ["-c", command], { encoding: "utf8" });
    assert.equal(status, exitStatus);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { index?: number; msg: string });
    const indexes = lines.filter(({ msg }) => msg === "Line").map(({ index }) => index);
    assert.deepEqual(
      indexes,
      Array.from({ length: 2000 }, (_, index) => index),
    );
    assert.equal(lines.at(-1)?.msg, end.includes("fatal") ? "last" : "Line");
  });
}

test("a process whose reader has gone goes on and ends as it would have", async () => {
  const end =
    'let ticks = 0; const timer = setInterval(() => { logger.info("more"); if (++ticks === 20) { clearInterval(timer); console.error("still here"); } }, 20);';
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", processThat(end)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.destroy();
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const [status] = await once(child, "close");
  assert.deepEqual([status, errors], [0, "still here\n"]);
});
