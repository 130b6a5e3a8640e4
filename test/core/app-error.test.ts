import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError, BadRequestError, CertificateError, ConfigError } from "../../src/core/app-error.ts";

const CAUSE = new Error("lower");
for (const [error, name, code, message] of [
  [new AppError("ERR_TEST", "some fault", { cause: CAUSE }), "AppError", "ERR_TEST", "some fault"],
  [
    new ConfigError(["one fault", "another"], { cause: CAUSE }),
    "ConfigError",
    "ERR_CONFIG",
    "one fault; another",
  ],
  [new BadRequestError(415, "other type"), "BadRequestError", "ERR_BAD_REQUEST", "other type"],
  [
    new CertificateError("tls.crt", "expired", { cause: CAUSE }),
    "CertificateError",
    "ERR_CERTIFICATE",
    "expired",
  ],
] as const) {
  test(`a ${name} has the code ${code} and its message`, () => {
    assert.ok(error instanceof AppError && error instanceof Error);
    assert.deepEqual([error.name, error.code, error.message], [name, code, message]);
    assert.equal(error.cause, name === "BadRequestError" ? undefined : CAUSE);
  });
}

test("errors carry what their catchers act upon", () => {
  assert.deepEqual(new ConfigError(["a", "b"]).faults, ["a", "b"]);
  assert.equal(new BadRequestError(415, "x").status, 415);
  assert.equal(new CertificateError("tls.crt", "x").path, "tls.crt");
});
