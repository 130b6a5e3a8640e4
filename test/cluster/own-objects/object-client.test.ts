/** The watch on one object: what it reports, and how it goes on when the server or the network does not. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ObjectClient, type ObjectClientOptions } from "../../../src/cluster/own-objects/object-client.ts";
import { ManualClock } from "../../manual-clock.ts";
import { type ClientBed, moment, startBed, until } from "../testbed.ts";

const PLACE = { namespace: "a", name: "own" };

/** Watches the Secret `own` until the test ends. */
function watch(t: TestContext, { client }: ClientBed, options: Partial<ObjectClientOptions> = {}) {
  const rule = { resource: "secrets", ...PLACE } as const;
  const object = new ObjectClient({ client, collectionPath: "/api/v1/namespaces/a/secrets", rule, ...options });
  const stopped = new AbortController();
  const watching = { object, changes: 0 };
  const ended = object.watch(() => {
    watching.changes += 1;
  }, stopped.signal);
  t.after(() => {
    stopped.abort();
    return ended;
  });
  return watching;
}

test("reports the object when the watch begins and each change of it, and no bookmark or other object", async (t) => {
  const bed = await startBed(t);
  bed.server.store.put("secrets", PLACE, {});
  const watching = watch(t, bed);
  await until(() => watching.changes === 1);
  bed.server.bookmark();
  bed.server.store.put("secrets", { namespace: "a", name: "other" }, {});
  bed.server.store.put("secrets", PLACE, {});
  await until(() => watching.changes === 2);
  await moment();
  assert.equal(watching.changes, 2);
  assert.equal(bed.server.requests.at(-1)?.query.get("timeoutSeconds"), "300");
});

test("pauses between two watches, longer each time that nothing comes of them", async (t) => {
  const bed = await startBed(t);
  const clock = new ManualClock();
  bed.server.fault = () => ({ status: 403 });
  watch(t, bed, { clock });
  for (const [watches, delayMs] of [400, 800, 1_600, 3_200].entries()) {
    await until(() => clock.delays.length === watches + 1);
    assert.equal(clock.delays.at(-1), delayMs);
    clock.advance(delayMs - 1);
    await moment(20);
    assert.equal(bed.server.requests.length, watches + 1);
    clock.advance(1);
  }
});

test("begins with the shortest pause again after a watch that held for long", async (t) => {
  const bed = await startBed(t);
  const clock = new ManualClock();
  watch(t, bed, { clock });
  await until(() => bed.server.openWatches === 1);
  bed.server.endWatches();
  await until(() => clock.delays.length === 1);
  clock.advance(400);
  await until(() => bed.server.openWatches === 1);
  clock.advance(40_000);
  bed.server.endWatches();
  await until(() => clock.delays.length === 2);
  assert.deepEqual(clock.delays, [400, 400]);
});

test("replaces a watch that is silent for too long", async (t) => {
  const bed = await startBed(t);
  const clock = new ManualClock();
  watch(t, bed, { clock, watchIdleTimeoutMs: 50 });
  await until(() => clock.delays.length === 1);
  clock.advance(400);
  await until(() => bed.server.requests.length === 2);
  await until(() => bed.server.openWatches <= 1);
});

test("refuses an answer that is not an object, without its content in the error", async (t) => {
  const bed = await startBed(t);
  bed.server.fault = () => ({ status: 200 });
  const { object } = watch(t, bed);
  await assert.rejects(object.read(), { message: "unreadable object: it has no resourceVersion" });
});
