import assert from "node:assert/strict";
import { test } from "node:test";
import { logRejections } from "../../../src/server/limits/rejection.ts";
import { collectLog, linesOf } from "../running-server.ts";

test("each reason is a warning once a minute, and all are counted", () => {
  const { logger, log } = collectLog("debug");
  let nowMs = 0;
  const counted: string[] = [];
  const onRejection = logRejections((reason) => counted.push(reason), logger, { elapsed: () => nowMs });
  for (const [atMs, reason] of [
    [0, "body-timeout"],
    [59_999, "body-timeout"],
    [59_999, "no-certificate"],
    [60_000, "body-timeout"],
    [119_999, "body-timeout"],
  ] as const) {
    nowMs = atMs;
    onRejection(reason);
  }
  const levels = linesOf(log(), "Rejected a client").map(({ level, reason }) => `${level} ${reason}`);
  assert.deepEqual(levels, [
    "warn body-timeout",
    "debug body-timeout",
    "warn no-certificate",
    "warn body-timeout",
    "debug body-timeout",
  ]);
  assert.equal(counted.length, levels.length);
});
