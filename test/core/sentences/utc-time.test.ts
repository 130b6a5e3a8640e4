import assert from "node:assert/strict";
import { test } from "node:test";
import { formatTime } from "../../../src/core/sentences/utc-time.ts";

test("times are written as Date writes them, to the minute", () => {
  for (const seconds of [
    0, 59, 60, 86_399, 86_400, 951_782_399, 951_782_400, 951_868_800, 1_709_164_800, 1_735_689_599, 4_107_542_400,
    99_999_999_999,
  ]) {
    const expected = `${new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
    assert.equal(formatTime(seconds), expected);
  }
  for (let day = 0; day < 60_000; day += 17) {
    assert.equal(formatTime(day * 86_400).slice(0, 10), new Date(day * 86_400_000).toISOString().slice(0, 10));
  }
});
