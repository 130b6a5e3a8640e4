import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError, ConfigError } from "../../src/core/app-error.ts";

const CAUSE = new Error("lower");
for (const [error, name, code, message] of [
  [new AppError("ERR_TEST", "expired token", { cause: CAUSE }), "AppError", "ERR_TEST", "expired token"],
  [new ConfigError(["one error", "another"], { cause: CAUSE }), "ConfigError", "ERR_CONFIG", "one error; another"],
] as const) {
  test(`a ${name} has the code ${code}, its message and its cause`, () => {
    assert.ok(error instanceof AppError && error instanceof Error);
    assert.deepEqual([error.name, error.code, error.message, error.cause], [name, code, message, CAUSE]);
  });
}

test("a ConfigError carries each error as one line", () => {
  assert.deepEqual(new ConfigError(["a", "b"]).errors, ["a", "b"]);
});
