import assert from "node:assert/strict";
import { test } from "node:test";
import { logRejections } from "../../../src/server/limits/rejection.ts";
import { collectLog, linesOf } from "../running-server.ts";

test("each reason is a warning once a minute, and all are counted", () => {
  const { logger, log } = collectLog("debug");
  let nowMs = 0;
  const counted: string[] = [];
  const onRejection = logRejections((reason) => counted.push(reason), logger, { elapsed: () => nowMs });
  for (const [atMs, reason, level] of [
    [0, "body-timeout", "warn"],
    [59_999, "body-timeout", "debug"],
    [59_999, "no-certificate", "warn"],
    [60_000, "body-timeout", "warn"],
    [119_999, "body-timeout", "debug"],
  ] as const) {
    nowMs = atMs;
    onRejection(reason);
    const line = linesOf(log(), "Rejected a client").at(-1);
    assert.deepEqual([line?.level, line?.reason, counted.at(-1)], [level, reason, reason]);
  }
});
