import assert from "node:assert/strict";
import { test } from "node:test";
import { BadRequestError } from "../../src/server/http-error.ts";

test("a BadRequestError carries the status of its response", () => {
  const { name, code, status, message } = new BadRequestError(415, "other type");
  assert.deepEqual([name, code, status, message], ["BadRequestError", "ERR_BAD_REQUEST", 415, "other type"]);
});
