/** Security: what an error holds is not what a log tells. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError, ConfigError } from "../../src/core/app-error.ts";
import { serializeError } from "../../src/telemetry/serialize-error.ts";

const SECRET = "hunter2";

test("our own errors tell code, message and place", () => {
  const told = serializeError(new ConfigError(["one", "two"]));
  assert.deepEqual([told.name, told.code, told.message], ["ConfigError", "ERR_CONFIG", "one; two"]);
  assert.match(told.frames[0] ?? "", /serialize-error\.test\.ts/);
});

const HOLDERS: readonly [title: string, value: unknown][] = [
  ["a message", new Error(SECRET)],
  ["a message with lines that look like frames", new Error(`x\n    at ${SECRET} (a.ts:1:1)`)],
  ["a message that was changed later", Object.assign(new Error(`a\n    at ${SECRET}`), { message: "b" })],
  ["a cause", new AppError("ERR_X", "fine", { cause: new SyntaxError(`Unexpected token in ${SECRET}`) })],
  ["a property", Object.assign(new Error("a"), { body: SECRET, response: { SECRET } })],
  ["a code that is none", Object.assign(new Error("a"), { code: `got ${SECRET}` })],
  ["a text that was thrown", SECRET],
  ["an object that was thrown", { message: SECRET, stack: SECRET }],
  ["a stack alone", Object.assign(new Error("a"), { stack: SECRET })],
];

for (const [title, value] of HOLDERS) {
  test(`${title} is not told`, () => {
    assert.ok(!JSON.stringify(serializeError(value)).includes(SECRET));
  });
}

test("an error that is its own cause is told a few times", () => {
  const error = new Error("a");
  error.cause = error;
  assert.equal(JSON.stringify(serializeError(error)).split('"cause"').length, 4);
});
