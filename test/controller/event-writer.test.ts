/** Each Event is written once, by however many controllers, and one that could not be written when it is said again. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { EventWriter, type EventWriterDependencies, type ObjectEvent } from "../../src/controller/event-writer.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { type ClientBed, moment, startBed, until } from "../cluster/testbed.ts";
import { ManualClock } from "../manual-clock.ts";

const EVENT: ObjectEvent = {
  object: { apiVersion: "v1", kind: "Pod", namespace: "apps", name: "web", uid: "uid-web" },
  type: "Warning",
  reason: "LeftWithoutPullSecret",
  message: "no credential",
  key: "no-credential",
};

interface Bed extends ClientBed {
  readonly log: string[];
  newWriter(options?: Partial<EventWriterDependencies>): EventWriter;
  /** Names of the Events that are there. */
  events(): readonly string[];
  posts(): number;
}

async function makeBed(t: TestContext): Promise<Bed> {
  const bed = await startBed(t);
  const log: string[] = [];
  const logger = createLogger({ level: "debug", version: "1", destination: { write: (line) => log.push(line) } });
  return {
    ...bed,
    log,
    newWriter: (options) =>
      new EventWriter({ client: bed.client, clock: new ManualClock(), logger, isNamespaced: false, ...options }),
    events: () => bed.server.store.list("events", "apps").map(({ metadata }) => metadata.name),
    posts: () => bed.server.requests.filter(({ verb }) => verb === "create").length,
  };
}

test("an Event names its object, says what and why, and comes from the controller", async (t) => {
  const bed = await makeBed(t);
  bed.newWriter().write(EVENT);
  await until(() => bed.events().length === 1);
  const [event] = bed.server.store.list("events", "apps");
  assert.ok(event);
  const { involvedObject, type, reason, message, reportingComponent, firstTimestamp } = event;
  assert.deepEqual(involvedObject, EVENT.object);
  assert.deepEqual(
    [type, reason, message, reportingComponent, firstTimestamp],
    ["Warning", "LeftWithoutPullSecret", "no credential", "pullring-controller", "1970-01-01T00:00:00Z"],
  );
});

test("what was said is not sent again, and what another controller said is there once", async (t) => {
  const bed = await makeBed(t);
  const writer = bed.newWriter();
  writer.write(EVENT);
  writer.write({ ...EVENT, message: "in other words" });
  await until(() => bed.events().length === 1);
  bed.newWriter().write(EVENT);
  await until(() => bed.posts() === 2);
  await moment();
  assert.deepEqual([bed.events().length, bed.posts(), bed.log], [1, 2, []]);
});

test("another verdict, another reason and another object have Events of their own", async (t) => {
  const bed = await makeBed(t);
  const writer = bed.newWriter();
  writer.write(EVENT);
  writer.write({ ...EVENT, key: "bare-pod" });
  writer.write({ ...EVENT, reason: "PullSecretMissing" });
  writer.write({ ...EVENT, object: { ...EVENT.object, uid: "uid-successor" } });
  await until(() => bed.events().length === 4);
});

test("a missing right is named until an Event was written; what failed is written when it is said again", async (t) => {
  const bed = await makeBed(t);
  const writer = bed.newWriter({ isNamespaced: true });
  bed.server.fault = () => ({ status: 403 });
  writer.write(EVENT);
  await until(() => writer.problem !== undefined);
  assert.match(writer.problem ?? "", /create events in namespace apps/);
  bed.server.fault = () => undefined;
  writer.write(EVENT);
  await until(() => bed.events().length === 1);
  await until(() => writer.problem === undefined);
});

test("an answer that fails for a moment is logged and is no missing right", async (t) => {
  const bed = await makeBed(t);
  const writer = bed.newWriter();
  bed.server.fault = () => ({ status: 500 });
  writer.write(EVENT);
  await until(() => bed.log.length === 1);
  assert.match(bed.log.join(), /Failed to write an Event/);
  assert.equal(writer.problem, undefined);
});

test("a long message and a long name are cut to what the API server takes", async (t) => {
  const bed = await makeBed(t);
  const name = `${"a".repeat(219)}.${"b".repeat(33)}`;
  bed.newWriter().write({ ...EVENT, object: { ...EVENT.object, name }, message: "x".repeat(2_000) });
  await until(() => bed.events().length === 1);
  const [event] = bed.server.store.list("events", "apps");
  assert.equal(String(event?.message).length, 1_024);
  assert.match(bed.events()[0] ?? "", /^a{219}\.[0-9a-f]{20}$/);
});
