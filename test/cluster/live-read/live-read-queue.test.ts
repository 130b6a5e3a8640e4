/** Which live reads are made for which requests, and how long a request waits; the reads themselves are ended by the tests. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { LiveRead } from "../../../src/cluster/live-read/live-read.ts";
import {
  DEFAULT_LIVE_READ_LIMITS,
  type LiveReadLimits,
  LiveReadQueue,
} from "../../../src/cluster/live-read/live-read-queue.ts";
import { PLAIN_SERVICE_ACCOUNT } from "../../../src/core/admission/service-account.ts";
import { buildKeyring } from "../../../src/core/kubelet/keyring.ts";
import type { LiveReadRequest, LiveReadResult } from "../../../src/server/admission/ports.ts";
import { ManualClock } from "../../manual-clock.ts";
import { until } from "../testbed.ts";

class Scene {
  readonly clock = new ManualClock();
  /** Reads that have begun, as `namespace scope names`. */
  readonly begun: string[] = [];
  readonly results: LiveReadResult[] = [];
  readonly #ends: ((missing: ReadonlySet<string> | undefined) => void)[] = [];
  readonly #queue: LiveReadQueue;

  constructor(limits: Partial<LiveReadLimits> = {}) {
    this.#queue = new LiveReadQueue({
      clock: this.clock,
      limits: { ...DEFAULT_LIVE_READ_LIMITS, ...limits },
      read: (read) => this.#begin(read),
      isKnown: (namespace) => !namespace.startsWith("unknown"),
      view: () => ({ keyring: buildKeyring([]), serviceAccount: PLAIN_SERVICE_ACCOUNT }),
    });
  }

  #begin({ namespace, scope, serviceAccountNames }: LiveRead): Promise<ReadonlySet<string> | undefined> {
    this.begun.push(`${namespace} ${scope} ${[...serviceAccountNames].join()}`);
    return new Promise((resolve) => this.#ends.push(resolve));
  }

  /** Asks for a read; its result is added to `results`. */
  async request(namespace: string, fields: Partial<LiveReadRequest> = {}) {
    const request = { namespace, serviceAccountName: "default", scope: "namespace", ...fields } as const;
    const view = this.#queue.read(request);
    view.then(({ result }) => this.results.push(result));
    await setImmediate();
    return view;
  }

  /** Ends the oldest read that runs. */
  async end(missing: ReadonlySet<string> | "failed" = new Set()): Promise<void> {
    this.#ends.shift()?.(missing === "failed" ? undefined : missing);
    await setImmediate();
  }

  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    await setImmediate();
  }
}

test("a request joins a read that has not begun, and never one that has", async () => {
  const scene = new Scene();
  scene.request("a");
  await setImmediate();
  scene.request("a");
  scene.request("a");
  await setImmediate();
  assert.deepEqual(scene.begun, ["a namespace default"]);
  await scene.end();
  assert.deepEqual(scene.results, ["fresh"]);
  await scene.advance(10);
  assert.equal(scene.begun.length, 2);
  await scene.end();
  assert.deepEqual(scene.results, ["fresh", "fresh", "fresh"]);
});

test("a read has what its requests need together, and the view of each lacks a ServiceAccount that does not exist", async () => {
  const scene = new Scene();
  scene.request("a");
  await setImmediate();
  const gone = scene.request("a", { serviceAccountName: "gone", scope: "serviceaccount" });
  const there = scene.request("a", { scope: "serviceaccount" });
  await scene.end();
  await scene.advance(10);
  assert.equal(scene.begun[1], "a serviceaccount gone,default");
  scene.request("a", { scope: "serviceaccount" });
  scene.request("a");
  await scene.end(new Set(["gone"]));
  assert.equal((await gone).view.serviceAccount, null);
  assert.equal((await there).view.serviceAccount, PLAIN_SERVICE_ACCOUNT);
  await scene.advance(10);
  assert.equal(scene.begun[2], "a namespace default");
});

test("only a read less than a second after the last one of its namespace waits for the batch window", async () => {
  const scene = new Scene({ batchWindowMs: 25 });
  scene.request("a");
  await setImmediate();
  await scene.end();
  await scene.advance(999);
  scene.request("a");
  scene.request("b");
  await setImmediate();
  assert.deepEqual(scene.begun.slice(1), ["b namespace default"]);
  await scene.advance(24);
  scene.request("a");
  await scene.advance(1);
  assert.deepEqual(scene.begun.slice(2), ["a namespace default"]);
  await scene.end();
  await scene.end();
  assert.equal(scene.results.length, 4);
  await scene.advance(1_001);
  scene.request("a");
  await setImmediate();
  assert.equal(scene.begun.length, 4);
});

for (const [title, limitMs, afterMs] of [
  ["its own limit", 40, 40],
  ["the time-out of live reads, however long its own limit is", 10_000, 800],
  ["the time-out of live reads when it has no limit", undefined, 800],
] as const) {
  test(`a request waits no longer than ${title}`, async () => {
    const scene = new Scene();
    scene.request("a", { limitMs });
    await scene.advance(afterMs - 1);
    assert.deepEqual(scene.results, []);
    await scene.advance(1);
    assert.deepEqual(scene.results, ["timeout"]);
  });
}

test("runs so many reads at a time, lets so many namespaces wait, and refuses the others at once", async () => {
  const scene = new Scene({ maxRunning: 2, maxQueued: 3 });
  for (const namespace of ["a", "b"]) scene.request(namespace);
  await setImmediate();
  for (const namespace of ["c", "d", "e", "f", "c"]) scene.request(namespace);
  await setImmediate();
  assert.deepEqual(scene.results, ["busy"]);
  assert.deepEqual(scene.begun.join(), "a namespace default,b namespace default");
  await scene.end();
  assert.equal(scene.begun.at(-1), "c namespace default");
  for (let left = 4; left > 0; left -= 1) {
    assert.ok(scene.begun.length <= 7 - left);
    await scene.end();
  }
  assert.deepEqual(scene.results, ["busy", "fresh", "fresh", "fresh", "fresh", "fresh", "fresh"]);
});

test("refuses requests when too many wait, of one namespace too", async () => {
  const scene = new Scene({ maxWaiting: 3 });
  for (let request = 0; request < 5; request += 1) scene.request("a");
  await setImmediate();
  await scene.end();
  assert.deepEqual(scene.results, ["busy", "busy", "fresh", "fresh", "fresh"]);
});

test("a read that no request waits for any more is not made", async () => {
  const scene = new Scene({ maxRunning: 1 });
  scene.request("a");
  await setImmediate();
  scene.request("b");
  await scene.advance(800);
  scene.request("c");
  await scene.end();
  assert.deepEqual(scene.begun, ["a namespace default", "c namespace default"]);
  await scene.end("failed");
  assert.deepEqual(scene.results, ["timeout", "timeout", "failed"]);
});

test("of namespaces that are not known 50 are read a second, and the known ones wait for none of them", async () => {
  const scene = new Scene();
  for (let number = 0; number < 51; number += 1) scene.request(`unknown-${number}`);
  for (let number = 0; number < 51; number += 1) await scene.end();
  assert.equal(scene.begun.length, 50);
  scene.request("a");
  await setImmediate();
  assert.equal(scene.begun.at(-1), "a namespace default");
  await scene.end();
  await until(() => scene.begun.length === 52);
  await scene.end();
});
