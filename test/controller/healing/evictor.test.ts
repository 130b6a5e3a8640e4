/** When a Pod is evicted, when it waits for something, and when its owner is left alone; against a server that can be made to refuse. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Evictor, type EvictorDependencies } from "../../../src/controller/healing/evictor.ts";
import type { SeenPod } from "../../../src/controller/healing/waiting-pods.ts";
import { DEFAULT_WEBHOOKS } from "../../../src/core/admission/webhook-selection.ts";
import type { HealingEvidence } from "../../../src/core/healing/decision.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";
import { type ClientBed, startBed } from "../../cluster/testbed.ts";
import { evidenceOf, ownedBy } from "../../core/healing/examples.ts";
import { ManualClock } from "../../manual-clock.ts";

const SERVICE = { namespace: "pullring", name: "pullring" };
const EVIDENCE: HealingEvidence = evidenceOf({
  webhooks: DEFAULT_WEBHOOKS.map((webhook) => ({ ...webhook, clientConfig: { service: SERVICE } })),
  owner: { metadata: { uid: "u" }, spec: { selector: { matchLabels: { app: "web" } } } },
});
const WAIT = { waitMs: 1_000 };
/** By the clock of these tests, which begins in 1970. */
const [LONG_AGO, NOW, IN_AN_HOUR] = ["1969-12-31T23:00:00Z", "1970-01-01T00:00:00Z", "1970-01-01T01:00:00Z"];
/** Before the first eviction, in the same second, and after it. */
const [EARLY, SAME, LATE] = ["2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:09Z"];

interface Bed extends ClientBed {
  readonly clock: ManualClock;
  /** Another one for the same server, as after a restart. */
  newEvictor(options?: Partial<EvictorDependencies>): Evictor;
  /** Has the Service of the webhook be ready, or not, as written at `time`; `null`: at a time that nobody tells. */
  setReady(ready: boolean, time?: string | null): void;
  /** Stores a Pod of the owner. */
  store(name: string, options?: { readonly listed?: string; readonly createdAt?: string }): SeenPod;
  has(pod: SeenPod): boolean;
  count(resource: string): number;
}

async function makeBed(t: TestContext): Promise<Bed> {
  const bed = await startBed(t);
  const { server, client } = bed;
  const clock = new ManualClock();
  const has = ({ namespace, uid }: SeenPod): boolean =>
    server.store.list("pods", namespace).some(({ metadata }) => metadata.uid === uid);
  const setReady = (ready: boolean, time: string | null = LONG_AGO): void => {
    const fields = {
      metadata: time === null ? {} : { managedFields: [{ time }] },
      endpoints: [{ conditions: { ready } }],
    };
    server.store.put("endpointslices", { namespace: "pullring", name: "pullring-1" }, fields);
  };
  setReady(true);
  return {
    ...bed,
    clock,
    has,
    setReady,
    newEvictor: (options) =>
      new Evictor({ client, clock, isNamespaced: false, intervalMs: 500, maxParallel: 2, isThere: has, ...options }),
    store: (name, { listed, createdAt = EARLY } = {}) => {
      const uid = `uid-${name}`;
      const metadata = ownedBy("apps/v1", "ReplicaSet", { uid, creationTimestamp: createdAt });
      const spec = { imagePullSecrets: listed === undefined ? [] : [{ name: listed }] };
      const version = server.store.put("pods", { namespace: "apps", name }, { metadata, spec });
      const pod: JsonObject = { metadata: { ...metadata, name, resourceVersion: String(version) }, spec };
      return { namespace: "apps", name, uid, pod, owner: "u" };
    },
    count: (resource) => server.requests.filter((seen) => seen.verb === "create" && seen.resource === resource).length,
  };
}

test("the first Pod of an owner is evicted, and an Event on it says so", async (t) => {
  const bed = await makeBed(t);
  const pod = bed.store("a");
  assert.equal(await bed.newEvictor().evict(pod, ["team"], EVIDENCE), "evicted");
  assert.equal(bed.has(pod), false);
  const [event, ...others] = bed.server.store.list("events", "apps");
  assert.deepEqual([event?.reason, others], ["FirstOfItsOwner", []]);
  assert.deepEqual(event?.involvedObject, {
    apiVersion: "v1",
    kind: "Pod",
    namespace: "apps",
    name: "a",
    uid: "uid-a",
  });
});

test("a Pod that has changed since it was seen stays, and is the first when it is seen again", async (t) => {
  const bed = await makeBed(t);
  const [evictor, seen] = [bed.newEvictor(), bed.store("a")];
  const changed = bed.store("a");
  assert.deepEqual(await evictor.evict(seen, ["team"], EVIDENCE), WAIT);
  assert.equal(bed.has(seen), true);
  assert.equal(await evictor.evict(changed, ["team"], EVIDENCE), "evicted");
});

test("a Pod of the same name and another uid stays", async (t) => {
  const bed = await makeBed(t);
  const seen = bed.store("a");
  assert.deepEqual(await bed.newEvictor().evict({ ...seen, uid: "uid-before" }, ["team"], EVIDENCE), WAIT);
  assert.equal(bed.has(seen), true);
});

for (const status of [404, 429]) {
  test(`an eviction that is answered with ${status} is tried again, and nothing is begun twice`, async (t) => {
    const bed = await makeBed(t);
    const [evictor, pod] = [bed.newEvictor(), bed.store("a")];
    bed.server.fault = ({ resource }) => (resource === "pods/eviction" ? { status } : undefined);
    assert.deepEqual(await evictor.evict(pod, ["team"], EVIDENCE), WAIT);
    assert.equal(evictor.waitMs(), 0);
    bed.server.fault = () => undefined;
    assert.equal(await evictor.evict(pod, ["team"], EVIDENCE), "evicted");
    assert.deepEqual([bed.count("events"), bed.count("pods/eviction")], [1, 2]);
  });
}

test("a refused eviction is an error that names the right", async (t) => {
  const bed = await makeBed(t);
  bed.server.fault = ({ resource }) => (resource === "pods/eviction" ? { status: 403 } : undefined);
  const namespaced = bed.newEvictor({ isNamespaced: true });
  await assert.rejects(namespaced.evict(bed.store("a"), ["team"], EVIDENCE), {
    missingRule: { verb: "create", resource: "pods/eviction", namespace: "apps" },
  });
});

test("what was begun and not done because of an error is done later, by the same and by another controller", async (t) => {
  const bed = await makeBed(t);
  const [evictor, pod] = [bed.newEvictor(), bed.store("a")];
  bed.server.fault = ({ resource }) => (resource === "pods/eviction" ? { status: 500 } : undefined);
  await assert.rejects(evictor.evict(pod, ["team"], EVIDENCE), { status: 500 });
  bed.server.fault = () => undefined;
  const other = bed.newEvictor();
  assert.deepEqual(await other.evict(pod, ["team"], EVIDENCE), WAIT);
  bed.clock.advance(60_001);
  assert.equal(await other.evict(pod, ["team"], EVIDENCE), "evicted");
  assert.deepEqual(await evictor.evict(pod, ["team"], EVIDENCE), WAIT);
});

test("the other Pods of an owner wait for a successor that has the names", async (t) => {
  const bed = await makeBed(t);
  const evictor = bed.newEvictor();
  const [first, second] = [bed.store("a"), bed.store("b")];
  await evictor.evict(first, ["team"], EVIDENCE);
  assert.deepEqual(await evictor.evict(second, ["team"], EVIDENCE), WAIT);
  bed.store("c", { listed: "team", createdAt: LATE });
  assert.equal(await evictor.evict(second, ["team"], EVIDENCE), "evicted");
  assert.equal(bed.count("events"), 1);
});

test("a Pod of the second of the first eviction is no successor", async (t) => {
  const bed = await makeBed(t);
  const evictor = bed.newEvictor();
  const [first, second] = [bed.store("a", { createdAt: SAME }), bed.store("b", { createdAt: SAME })];
  assert.equal(bed.server.time, SAME);
  await evictor.evict(first, ["team"], EVIDENCE);
  assert.deepEqual(await evictor.evict(second, ["team"], EVIDENCE), WAIT);
  const successor = bed.store("c", { createdAt: SAME });
  assert.equal(await evictor.evict(successor, ["team"], EVIDENCE), "stripped");
});

test("without a successor another Pod is tried as the first, one a minute", async (t) => {
  const bed = await makeBed(t);
  const evictor = bed.newEvictor();
  const [first, second, third] = [bed.store("a"), bed.store("b"), bed.store("c")];
  await evictor.evict(first, ["team"], EVIDENCE);
  bed.clock.advance(60_001);
  assert.equal(await evictor.evict(second, ["team"], EVIDENCE), "evicted");
  assert.deepEqual(await evictor.evict(third, ["team"], EVIDENCE), WAIT);
  bed.clock.advance(60_001);
  assert.equal(await evictor.evict(third, ["team"], EVIDENCE), "evicted");
});

test("Pods of another owner wait for nothing", async (t) => {
  const bed = await makeBed(t);
  const evictor = bed.newEvictor();
  await evictor.evict(bed.store("a"), ["team"], EVIDENCE);
  assert.equal(await evictor.evict({ ...bed.store("b"), owner: "other" }, ["team"], EVIDENCE), "evicted");
});

test("a second controller evicts no second Pod of an owner while it waits for the successor", async (t) => {
  const bed = await makeBed(t);
  const [first, second] = [bed.store("a"), bed.store("b")];
  await bed.newEvictor().evict(first, ["team"], EVIDENCE);
  assert.deepEqual(await bed.newEvictor().evict(second, ["team"], EVIDENCE), WAIT);
  assert.equal(bed.has(second), true);
});

test("an owner whose successor lacks the names is left alone, after a restart too, until other Secrets would help", async (t) => {
  const bed = await makeBed(t);
  const evictor = bed.newEvictor();
  await evictor.evict(bed.store("a"), ["team"], EVIDENCE);
  const successor = bed.store("b", { createdAt: LATE });
  assert.equal(await evictor.evict(successor, ["team"], EVIDENCE), "stripped");
  assert.equal(await bed.newEvictor().evict(successor, ["team"], EVIDENCE), "stripped");
  assert.equal(bed.count("pods/eviction"), 1);
  assert.equal(await evictor.evict(successor, ["other"], EVIDENCE), "evicted");
});

test("evictions keep their distance", async (t) => {
  const bed = await makeBed(t);
  const evictor = bed.newEvictor();
  assert.equal(evictor.waitMs(), 0);
  await evictor.evict(bed.store("a"), ["team"], EVIDENCE);
  assert.equal(evictor.waitMs(), 500);
  bed.clock.advance(499);
  assert.equal(evictor.waitMs(), 1);
  bed.clock.advance(1);
  assert.equal(evictor.waitMs(), 0);
});

test("no more Pods than allowed are on their way out, and one that never goes counts for a minute", async (t) => {
  const bed = await makeBed(t);
  let isThere = true;
  const evictor = bed.newEvictor({ maxParallel: 1, isThere: () => isThere });
  await evictor.evict(bed.store("a"), ["team"], EVIDENCE);
  bed.clock.advance(500);
  assert.equal(evictor.waitMs(), 1_000);
  isThere = false;
  assert.equal(evictor.waitMs(), 0);
  isThere = true;
  await evictor.evict({ ...bed.store("b"), owner: "other" }, ["team"], EVIDENCE);
  bed.clock.advance(60_000);
  assert.equal(evictor.waitMs(), 1_000);
  bed.clock.advance(1);
  assert.equal(evictor.waitMs(), 0);
});

test("nothing is begun while the Service has no ready endpoint, and for three seconds after", async (t) => {
  const bed = await makeBed(t);
  const [evictor, pod] = [bed.newEvictor(), bed.store("a")];
  bed.setReady(false);
  assert.deepEqual(await evictor.evict(pod, ["team"], EVIDENCE), WAIT);
  assert.equal(evictor.problem, "Service pullring/pullring has no ready endpoint, so nothing is evicted");
  bed.setReady(true, NOW);
  assert.deepEqual(await evictor.evict(pod, ["team"], EVIDENCE), WAIT);
  bed.clock.advance(2_999);
  assert.deepEqual(await evictor.evict(pod, ["team"], EVIDENCE), WAIT);
  assert.equal(evictor.problem, undefined);
  assert.deepEqual([bed.count("events"), bed.count("pods/eviction")], [0, 0]);
  bed.clock.advance(1);
  assert.equal(await evictor.evict(pod, ["team"], EVIDENCE), "evicted");
  const slices = bed.server.requests.find(({ resource }) => resource === "endpointslices");
  assert.equal(slices?.query.get("labelSelector"), "kubernetes.io/service-name=pullring");
});

test("an endpoint that was ready at the first look has been so for three seconds", async (t) => {
  for (const time of [NOW, IN_AN_HOUR, "soon", null]) {
    const bed = await makeBed(t);
    const [evictor, pod] = [bed.newEvictor(), bed.store("a")];
    bed.setReady(true, time);
    assert.deepEqual(await evictor.evict(pod, ["team"], EVIDENCE), WAIT);
    bed.clock.advance(2_999);
    assert.deepEqual(await evictor.evict(pod, ["team"], EVIDENCE), WAIT);
    assert.deepEqual([bed.count("events"), bed.count("pods/eviction")], [0, 0], String(time));
    bed.clock.advance(1);
    assert.equal(await evictor.evict(pod, ["team"], EVIDENCE), "evicted");
  }
});

test("endpoints that came anew between two looks wait again, and time that went by before the look counts", async (t) => {
  const bed = await makeBed(t);
  const evictor = bed.newEvictor({ intervalMs: 0 });
  assert.equal(await evictor.evict(bed.store("a"), ["team"], EVIDENCE), "evicted");
  bed.setReady(true, NOW);
  const pod = { ...bed.store("b"), owner: "other" };
  assert.deepEqual(await evictor.evict(pod, ["team"], EVIDENCE), WAIT);
  bed.clock.advance(3_000);
  bed.setReady(true, NOW);
  assert.deepEqual(await evictor.evict(pod, ["team"], EVIDENCE), WAIT);
  // The time is that of the second.
  bed.clock.advance(1_000);
  assert.equal(await evictor.evict(pod, ["team"], EVIDENCE), "evicted");
});

test("an endpoint that says nothing of being ready is ready, and a webhook that is called by its URL answers", async (t) => {
  const bed = await makeBed(t);
  const place = { namespace: "pullring", name: "pullring-1" };
  const metadata = { managedFields: [{ time: LONG_AGO }] };
  bed.server.store.put("endpointslices", place, { metadata, endpoints: [{ conditions: {} }] });
  assert.equal(await bed.newEvictor().evict(bed.store("a"), ["team"], EVIDENCE), "evicted");
  bed.setReady(false);
  const webhooks = DEFAULT_WEBHOOKS.map((webhook) => ({ ...webhook, clientConfig: { url: "https://host/mutate" } }));
  const pod = { ...bed.store("b"), owner: "other" };
  assert.equal(await bed.newEvictor().evict(pod, ["team"], { ...EVIDENCE, webhooks }), "evicted");
});
