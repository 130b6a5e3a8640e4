import assert from "node:assert/strict";
import { test } from "node:test";
import { ExitSignals } from "../../../src/cli/serve/shutdown.ts";
import { createLogger } from "../../../src/telemetry/logger.ts";
import { PASSWORD } from "../../files/secret-manifest.ts";

const EVENTS = ["SIGTERM", "SIGINT", "uncaughtException", "unhandledRejection"];
const listenersOf = (event: string) => process.listeners(event as "unhandledRejection");

for (const [event, error, expected] of [
  ["uncaughtException", new TypeError(PASSWORD), { name: "TypeError" }],
  ["unhandledRejection", Object.assign(new Error(PASSWORD), { code: "ERR_BUG" }), { name: "Error", code: "ERR_BUG" }],
  ["unhandledRejection", PASSWORD, { name: "string" }],
] as const) {
  test(`after ${event} of a ${expected.name} it ends with 1, and logs the kind and not the content`, () => {
    const before = EVENTS.map(listenersOf);
    const lines: string[] = [];
    const statuses: number[] = [];
    const signals = new ExitSignals({
      exit: (status) => statuses.push(status),
      logger: createLogger({ level: "info", version: "1", destination: { write: (line) => lines.push(line) } }),
    });
    // The listeners of the test runner are not called.
    const added = listenersOf(event).filter((listener) => !before.flat().includes(listener));
    for (const listener of added) listener(error, Promise.resolve());
    signals.release();
    assert.deepEqual(EVENTS.map(listenersOf), before, "nothing listens after the release");
    assert.deepEqual(statuses, [1]);
    assert.ok(!lines.join("").includes(PASSWORD));
    const { level, msg, err } = JSON.parse(lines.join("")) as Readonly<Record<string, Record<string, unknown>>>;
    const { frames, ...kind } = err ?? {};
    assert.deepEqual([level, msg, kind], ["fatal", "Ended by an unexpected error", expected]);
    assert.ok(Array.isArray(frames));
  });
}
