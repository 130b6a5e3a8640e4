import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "../../src/telemetry/logger.ts";

test("each line tells the millisecond in which it was written", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.parse("2026-11-25T10:00:00.998Z") });
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const logger = createLogger({ level: "info", version: "1.2.3", destination });
  for (const pauseMs of [0, 0, 1, 5_000]) {
    t.mock.timers.tick(pauseMs);
    logger.info("Something");
  }
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { ts: string }).ts),
    [
      "2026-11-25T10:00:00.998Z",
      "2026-11-25T10:00:00.998Z",
      "2026-11-25T10:00:00.999Z",
      "2026-11-25T10:00:05.999Z",
    ],
  );
});
