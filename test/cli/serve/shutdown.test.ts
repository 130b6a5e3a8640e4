import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ExitSignals } from "../../../src/cli/serve/shutdown.ts";
import { createLogger } from "../../../src/telemetry/logger.ts";
import { PASSWORD } from "../../files/secret-manifest.ts";

/** Makes the signals with an exit that is only noted; `emit` calls what they added for an event of the process. */
function open(t: TestContext): {
  readonly signals: ExitSignals;
  readonly statuses: readonly number[];
  readonly log: () => string;
  emit(event: string, argument: unknown): void;
} {
  const lines: string[] = [];
  const statuses: number[] = [];
  const known = new Set<unknown>();
  const events = ["SIGTERM", "SIGINT", "uncaughtException", "unhandledRejection"];
  for (const event of events) {
    for (const listener of process.listeners(event as "unhandledRejection")) known.add(listener);
  }
  const signals = new ExitSignals({
    exit: (status) => statuses.push(status),
    logger: createLogger({ level: "info", version: "1", destination: { write: (line) => lines.push(line) } }),
  });
  t.after(() => signals.release());
  return {
    signals,
    statuses,
    log: () => lines.join(""),
    emit: (event, argument) => {
      const added = process.listeners(event as "unhandledRejection").filter((listener) => !known.has(listener));
      assert.equal(added.length, 1);
      for (const listener of added) listener(argument, Promise.resolve());
    },
  };
}

for (const [event, error, expected] of [
  ["uncaughtException", new TypeError(PASSWORD), { name: "TypeError" }],
  ["unhandledRejection", Object.assign(new Error(PASSWORD), { code: "ERR_BUG" }), { name: "Error", code: "ERR_BUG" }],
  ["unhandledRejection", PASSWORD, { name: "string" }],
] as const) {
  test(`after ${event} of a ${expected.name} it ends with 1, and logs the kind and not the content`, (t) => {
    const { statuses, log, emit } = open(t);
    emit(event, error);
    assert.deepEqual(statuses, [1]);
    assert.ok(!log().includes(PASSWORD));
    const { level, msg, err } = JSON.parse(log()) as Readonly<Record<string, Record<string, unknown>>>;
    assert.deepEqual([level, msg], ["fatal", "Ended by an unexpected error"]);
    const { frames, ...kind } = err ?? {};
    assert.deepEqual(kind, expected);
    assert.ok(Array.isArray(frames));
  });
}

test("the first signal is reported, the second ends with its status", async (t) => {
  const { signals, statuses, emit } = open(t);
  emit("SIGTERM", "SIGTERM");
  assert.equal(await signals.first, "SIGTERM");
  assert.deepEqual(statuses, []);
  emit("SIGINT", "SIGINT");
  assert.deepEqual(statuses, [130]);
});

test("after its release nothing listens", () => {
  const before = process.listenerCount("SIGTERM");
  const options = { exit: () => undefined, logger: createLogger({ level: "silent", version: "1" }) };
  new ExitSignals(options).release();
  assert.equal(process.listenerCount("SIGTERM"), before);
});
