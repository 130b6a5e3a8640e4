/** What is decided about waiting Pods, when, and what is said of it: each step of the loop, its time in the test's hand. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ApiServerError, refusal } from "../../../src/cluster/api/api-server-error.ts";
import { ReflectedTable } from "../../../src/cluster/index/reflected-table.ts";
import { PENDING_PODS } from "../../../src/cluster/objects/pod-resource.ts";
import { ChangeSet } from "../../../src/controller/change-set.ts";
import type { ObjectEvent } from "../../../src/controller/event-writer.ts";
import type { EvictionOutcome, Evictor } from "../../../src/controller/healing/evictor.ts";
import { Healer } from "../../../src/controller/healing/healer.ts";
import { VerdictReporter } from "../../../src/controller/healing/verdict-reporter.ts";
import { WaitingPods } from "../../../src/controller/healing/waiting-pods.ts";
import type { HealingEvidence } from "../../../src/core/healing/decision.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";
import { createLogger } from "../../../src/telemetry/logger.ts";
import { moment, until } from "../../cluster/testbed.ts";
import { credentialOf, podOf, viewOf } from "../../core/admission/examples.ts";
import { evidenceOf, ownedBy, waitingPod } from "../../core/healing/examples.ts";
import { ManualClock } from "../../manual-clock.ts";

/** A running healer; what it reads and does is decided by the test. */
interface Bed {
  readonly clock: ManualClock;
  readonly healer: Healer;
  readonly events: ObjectEvent[];
  /** Names of Pods that were read about, and of those that were evicted, in order. */
  readonly read: string[];
  readonly evicted: string[];
  isReady: boolean;
  hasCredential: boolean;
  /** Labels of the namespace. */
  labels: Readonly<Record<string, string>>;
  /** How reading about a Pod fails; undefined: not. */
  error: (pod: string) => Error | undefined;
  outcome: EvictionOutcome;
  slotMs: number;
  /** Has the Pod wait for its image; of an owner of its own unless one is named. */
  put(name: string, owner?: string): void;
  remove(name: string): void;
  addCredential(): void;
  /** How many Pods have which verdict. */
  counts(): Readonly<Record<string, number>>;
}

function startHealer(t: TestContext, { isEvicting = true, isReady = true } = {}): Bed {
  const clock = new ManualClock();
  const changes = new ChangeSet(clock);
  const table = new ReflectedTable({ resource: PENDING_PODS, namespace: undefined }, changes.note);
  table.replaceAll(new Map(), 1);
  let version = 1;
  const logger = createLogger({ level: "fatal", version: "1" });
  const [events, read, evicted]: [ObjectEvent[], string[], string[]] = [[], [], []];
  const reporter = new VerdictReporter({ events: { write: (event) => events.push(event) }, logger, isEvicting });
  const view = () => viewOf(bed.hasCredential ? [credentialOf("team", "reg.io")] : []);
  const pods = new WaitingPods({
    tables: [table],
    source: { view },
    clock,
    onVerdict: (pod, decision) => reporter.report(pod, decision),
  });
  const evidence = {
    read: async ({ pod }: { readonly pod: JsonObject }): Promise<HealingEvidence> => {
      const { name, ownerReferences } = pod.metadata as { name: string; ownerReferences: readonly { uid: string }[] };
      read.push(name);
      const error = bed.error(name);
      if (error !== undefined) throw error;
      const owner = { metadata: { uid: ownerReferences[0]?.uid } };
      return evidenceOf({ pod, view: view(), owner, namespaceLabels: bed.labels });
    },
  };
  const evictor: Pick<Evictor, "evict" | "waitMs" | "problem"> = {
    problem: undefined,
    waitMs: () => bed.slotMs,
    evict: async ({ name }) => {
      if (bed.outcome === "evicted") evicted.push(name);
      return bed.outcome;
    },
  };
  const healer = new Healer({
    changes,
    pods,
    evidence,
    reporter,
    evictor: isEvicting ? (evictor as Evictor) : undefined,
    onEvicted: () => undefined,
    isReady: () => bed.isReady,
    clock,
    logger,
  });
  const bed: Bed = {
    ...{ clock, healer, events, read, evicted, isReady, hasCredential: true, labels: {}, slotMs: 0 },
    error: () => undefined,
    outcome: "evicted",
    put: (name, owner = `owner-${name}`) => {
      version++;
      const { ownerReferences } = ownedBy("apps/v1", "ReplicaSet") as { ownerReferences: readonly object[] };
      const metadata = { name, namespace: "apps", uid: `uid-${name}`, resourceVersion: String(version) };
      const owned = { ...metadata, ownerReferences: ownerReferences.map((one) => ({ ...one, uid: owner })) };
      table.put({ namespace: "apps", name, version, value: waitingPod(podOf(["reg.io/app"], undefined, owned)) });
    },
    remove: (name) => table.remove({ namespace: "apps", name, version: ++version }),
    addCredential: () => {
      bed.hasCredential = true;
      changes.note("apps");
    },
    counts: () => Object.fromEntries(pods.count()),
  };
  const stopped = new AbortController();
  const running = healer.run(stopped.signal);
  t.after(() => {
    stopped.abort();
    return running;
  });
  return bed;
}

const reasonsOf = ({ events }: Bed): readonly string[] =>
  events.map(({ object, reason }) => `${object.kind} ${object.name}: ${reason}`);

test("a Pod that a new one would help is evicted, and it and its owner are told", async (t) => {
  const bed = startHealer(t);
  bed.put("a");
  await until(() => bed.events.length === 2);
  assert.deepEqual(bed.evicted, ["a"]);
  assert.deepEqual(reasonsOf(bed), ["Pod a: EvictedForPullSecret", "ReplicaSet owner: EvictedForPullSecret"]);
});

test("without an evictor it is told of and nothing is done", async (t) => {
  const bed = startHealer(t, { isEvicting: false });
  bed.put("a");
  await until(() => bed.events.length === 2);
  assert.deepEqual(reasonsOf(bed), ["Pod a: PullSecretMissing", "ReplicaSet owner: PullSecretMissing"]);
  assert.deepEqual([bed.evicted, bed.counts()], [[], { helped: 1 }]);
});

test("a Pod that is to be left alone by what is read then is not evicted, and told of", async (t) => {
  const bed = startHealer(t);
  bed.labels = { "pullring.dev/heal": "false" };
  bed.put("a");
  await until(() => bed.events.length === 2);
  assert.deepEqual(reasonsOf(bed), ["Pod a: LeftWithoutPullSecret", "ReplicaSet owner: LeftWithoutPullSecret"]);
  assert.deepEqual([bed.evicted, bed.counts()], [[], { "opted-out": 1 }]);
});

test("nothing is decided before everything was listed once", async (t) => {
  const waiting = startHealer(t, { isReady: false });
  waiting.put("a");
  await moment(20);
  assert.deepEqual([waiting.read, waiting.events], [[], []]);
  waiting.isReady = true;
  waiting.clock.advance(200);
  await until(() => waiting.evicted.length === 1);
});

test("a Pod without a credential is told so once, and read about only when there is one", async (t) => {
  const bed = startHealer(t);
  bed.hasCredential = false;
  bed.put("a");
  await until(() => bed.events.length === 1);
  bed.put("a");
  await moment(20);
  assert.deepEqual([reasonsOf(bed), bed.read], [["Pod a: LeftWithoutPullSecret"], []]);
  assert.deepEqual(bed.counts(), { "no-credential": 1 });
  bed.addCredential();
  await until(() => bed.evicted.length === 1);
});

test("what cannot be read is read again after five seconds, and other owners do not wait for it", async (t) => {
  const bed = startHealer(t);
  bed.error = (name) => (name === "a" ? new ApiServerError("no answer") : undefined);
  bed.put("a");
  await until(() => bed.read.length === 1);
  bed.put("b");
  await until(() => bed.evicted.length === 1);
  bed.clock.advance(4_999);
  await moment(20);
  assert.deepEqual(bed.read, ["a", "b"]);
  assert.equal(bed.healer.problem, undefined);
  bed.error = () => undefined;
  bed.clock.advance(1);
  await until(() => bed.evicted.length === 2);
  assert.deepEqual(bed.evicted, ["b", "a"]);
});

test("a right that is missing is named until its Pods can be read about, or are gone", async (t) => {
  const bed = startHealer(t);
  bed.error = () => refusal(403, { verb: "get", resource: "replicasets", namespace: undefined });
  bed.put("a");
  await until(() => bed.healer.problem !== undefined);
  assert.match(bed.healer.problem ?? "", /get replicasets in all namespaces/);
  bed.remove("a");
  await until(() => bed.healer.problem === undefined);
});

test("a right that was granted is named no more, though other Pods of the owner still wait for their turn", async (t) => {
  const bed = startHealer(t);
  bed.error = () => refusal(403, { verb: "get", resource: "replicasets", namespace: undefined });
  bed.put("a", "owner");
  bed.put("b", "owner");
  await until(() => bed.healer.problem !== undefined);
  bed.error = () => {
    bed.slotMs = 1_000;
    return undefined;
  };
  bed.clock.advance(5_000);
  await until(() => bed.evicted.length === 1);
  await moment(20);
  assert.deepEqual([bed.evicted, bed.healer.problem], [["a"], undefined]);
});

test("no Pod is read about before the next eviction may be", async (t) => {
  const bed = startHealer(t);
  bed.slotMs = 1_000;
  bed.put("a");
  await moment(20);
  assert.deepEqual(bed.read, []);
  bed.slotMs = 0;
  bed.clock.advance(1_000);
  await until(() => bed.evicted.length === 1);
});

test("owners take turns, so that one with many Pods keeps no other waiting", async (t) => {
  const bed = startHealer(t, { isReady: false });
  for (const name of ["a1", "a2", "a3"]) bed.put(name, "many");
  bed.put("b", "one");
  bed.isReady = true;
  bed.clock.advance(200);
  await until(() => bed.evicted.length === 4);
  assert.deepEqual(bed.evicted, ["a1", "b", "a2", "a3"]);
});

test("a Pod that has to wait is asked about again, and its owner is told of nothing", async (t) => {
  const bed = startHealer(t);
  bed.outcome = { waitMs: 1_000 };
  bed.put("a");
  await until(() => bed.read.length === 1);
  await moment(20);
  assert.deepEqual([bed.read, bed.events], [["a"], []]);
  bed.outcome = "evicted";
  bed.clock.advance(1_000);
  await until(() => bed.evicted.length === 1);
});

test("a Pod that was evicted is not evicted again while it is on its way out and does not change", async (t) => {
  const bed = startHealer(t);
  bed.put("a");
  await until(() => bed.evicted.length === 1);
  bed.clock.advance(60_000);
  await moment(20);
  assert.deepEqual(bed.evicted, ["a"]);
});

test("an owner whose successor comes without the names is told so once", async (t) => {
  const bed = startHealer(t);
  bed.outcome = "stripped";
  bed.put("a");
  await until(() => bed.events.length === 2);
  bed.put("a");
  await moment(20);
  assert.deepEqual(reasonsOf(bed), ["Pod a: LeftWithoutPullSecret", "ReplicaSet owner: LeftWithoutPullSecret"]);
  assert.deepEqual(bed.counts(), { stripped: 1 });
});

test("everything is assessed again every ten minutes, for what no watch tells", async (t) => {
  const bed = startHealer(t, { isEvicting: false });
  bed.put("a");
  await until(() => bed.read.length === 1);
  await moment(20);
  bed.clock.advance(600_000);
  await until(() => bed.read.length === 2);
  assert.equal(bed.events.length, 2);
});

test("a Pod that is gone is counted no more", async (t) => {
  const bed = startHealer(t);
  bed.hasCredential = false;
  bed.put("a");
  await until(() => bed.events.length === 1);
  bed.remove("a");
  await until(() => Object.keys(bed.counts()).length === 0);
});
