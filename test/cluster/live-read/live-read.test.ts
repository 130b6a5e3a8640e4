/** Read your writes: what a live read asks the server, and what is in the view after it. Sharing and bounds: live-read-queue.test.ts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { LiveReadLimits } from "../../../src/cluster/live-read/live-read-queue.ts";
import { type Clock, SYSTEM_CLOCK } from "../../../src/telemetry/clock.ts";
import type { Fault } from "../fake-api-server.ts";
import { dockercfgSecret, dockerSecret, makeTestbed, type Testbed, until } from "../testbed.ts";

/** Runs a test on a source that is ready, and whose watches send nothing any more. */
async function withStalledWatches(
  liveRead: Partial<LiveReadLimits>,
  body: (bed: Testbed) => Promise<void>,
  clock: Clock = SYSTEM_CLOCK,
): Promise<void> {
  const bed = await makeTestbed({
    clock,
    limits: { liveRead: { timeoutMs: 5_000, batchWindowMs: 0, ...liveRead } },
  });
  bed.server.store.put("serviceaccounts", { namespace: "a", name: "default" }, {});
  bed.server.store.put("secrets", { namespace: "a", name: "first" }, dockerSecret("quay.io"));
  await bed.ready();
  await until(() => bed.server.openWatches === 3);
  bed.server.isStalled = true;
  bed.server.requests.length = 0;
  try {
    await body(bed);
  } finally {
    await bed.stop();
  }
}

const verbs = ({ server }: Testbed): string =>
  server.requests
    .map(({ verb }) => verb)
    .sort()
    .join(" ");

test("asks for no list where the table of the namespace has nothing new", () =>
  withStalledWatches({}, async (bed) => {
    bed.server.store.put("secrets", { namespace: "a", name: "opaque" }, { type: "Opaque" });
    bed.server.store.put("secrets", { namespace: "a", name: "foreign" }, { type: "example.com/foreign" });
    const { result, view } = await bed.readLive("a");
    assert.equal(result, "fresh");
    assert.deepEqual([...view.keyring.credentials.keys()], ["first"]);
    assert.equal(verbs(bed), "get table");
  }));

test("finds a Secret that the watch has not reported, and lists its type alone", () =>
  withStalledWatches({}, async (bed) => {
    bed.server.store.put("secrets", { namespace: "a", name: "new" }, dockercfgSecret("ghcr.io"));
    const { result, view } = await bed.readLive("a");
    assert.equal(result, "fresh");
    assert.deepEqual([...view.keyring.credentials.keys()], ["first", "new"]);
    assert.equal(verbs(bed), "get list table");
    assert.equal(bed.server.requests.at(-1)?.query.get("fieldSelector"), "type=kubernetes.io/dockercfg");
    assert.deepEqual(bed.names("a"), ["first", "new"]);
  }));

test("finds a Secret that was changed, one that was deleted, and one created again with another type", () =>
  withStalledWatches({}, async (bed) => {
    bed.server.store.put("secrets", { namespace: "a", name: "first" }, dockerSecret("ghcr.io"));
    const changed = await bed.readLive("a");
    assert.deepEqual(changed.view.keyring.credentials.get("first")?.registries, ["ghcr.io"]);
    bed.server.store.delete("secrets", { namespace: "a", name: "first" });
    bed.server.store.put("secrets", { namespace: "a", name: "first" }, dockercfgSecret("quay.io"));
    const retyped = await bed.readLive("a");
    assert.equal(retyped.view.keyring.credentials.get("first")?.type, "kubernetes.io/dockercfg");
    bed.server.store.delete("secrets", { namespace: "a", name: "first" });
    const deleted = await bed.readLive("a");
    assert.equal(deleted.view.keyring.credentials.size, 0);
    assert.deepEqual(bed.names("a"), []);
  }));

test("sees 200 of 200 Secrets right after their creation while the watch is stalled", () =>
  withStalledWatches({}, async (bed) => {
    for (const namespace of ["n0", "n1", "n2", "n3", "n4"]) {
      bed.server.store.put("serviceaccounts", { namespace, name: "default" }, {});
    }
    const found = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        await sleep(Math.floor(i / 4));
        bed.server.store.put("secrets", { namespace: `n${i % 5}`, name: `s${i}` }, dockerSecret("quay.io"));
        const { view } = await bed.readLive(`n${i % 5}`, "default");
        return view.keyring.credentials.has(`s${i}`);
      }),
    );
    assert.equal(found.filter(Boolean).length, 200);
  }));

test("reads the ServiceAccount as it is now", () =>
  withStalledWatches({}, async (bed) => {
    bed.server.store.put("serviceaccounts", { namespace: "a", name: "builder" }, { imagePullSecrets: [{ name: "x" }] });
    const { view } = await bed.readLive("a", "builder");
    assert.deepEqual(view.serviceAccount?.imagePullSecrets, ["x"]);
    assert.deepEqual(bed.cluster.view("a", "builder").serviceAccount?.imagePullSecrets, ["x"]);
    assert.equal((await bed.readLive("a", "nobody")).view.serviceAccount, null);
    bed.server.store.delete("serviceaccounts", { namespace: "a", name: "builder" });
    assert.equal((await bed.readLive("a", "builder")).view.serviceAccount, null);
  }));

test("reads a changed ServiceAccount and nothing else when it is asked for no more", () =>
  withStalledWatches({}, async (bed) => {
    const imagePullSecrets = [{ name: "x" }];
    bed.server.store.put("serviceaccounts", { namespace: "a", name: "default" }, { imagePullSecrets });
    const { result, view } = await bed.readLive("a", "default", "serviceaccount");
    assert.deepEqual([result, view.serviceAccount?.imagePullSecrets], ["fresh", ["x"]]);
    assert.deepEqual([...view.keyring.credentials.keys()], ["first"]);
    assert.equal(verbs(bed), "get");
  }));

test("answers from what is held after the time-out, and keeps what the read finds later", () =>
  withStalledWatches({ timeoutMs: 40 }, async (bed) => {
    bed.server.fault = ({ verb }) => (verb === "table" ? { delayMs: 200 } : undefined);
    bed.server.store.put("secrets", { namespace: "a", name: "new" }, dockerSecret("ghcr.io"));
    const { result, view } = await bed.readLive("a");
    assert.equal(result, "timeout");
    assert.deepEqual([...view.keyring.credentials.keys()], ["first"]);
    await until(() => bed.names("a").join() === "first,new");
  }));

test("reads no credentials where the ServiceAccount does not exist, as in a namespace that does not", () =>
  withStalledWatches({}, async (bed) => {
    const { result, view } = await bed.readLive("made-up");
    assert.deepEqual([result, view.serviceAccount, verbs(bed)], ["fresh", null, "get"]);
  }));

for (const [namespace, name] of [
  ["a/../../b", "default"],
  ["A", "default"],
  ["a", "x/../y"],
  ["a", ""],
] as const) {
  test(`asks nothing for the ServiceAccount ${JSON.stringify(name)} of the namespace ${JSON.stringify(namespace)}`, () =>
    withStalledWatches({}, async (bed) => {
      assert.equal((await bed.readLive(namespace, name)).result, "not-served");
      assert.equal(verbs(bed), "");
    }));
}

const FAILED = { level: "warn", msg: "Failed to read a namespace", namespace: "a" };
const FORBIDDEN = { level: "error", msg: "Lacked a right at the API server", namespace: undefined };

for (const [title, fault, line] of [
  ["is refused", { status: 500 }, FAILED],
  ["is forbidden", { status: 403 }, FORBIDDEN],
  ["is cut", { reset: true }, FAILED],
] as const satisfies readonly (readonly [string, Fault, object])[]) {
  test(`answers from what is held when the read ${title}`, () =>
    withStalledWatches({}, async (bed) => {
      bed.server.fault = ({ verb }) => (verb === "table" ? fault : undefined);
      const { result, view } = await bed.readLive("a");
      assert.equal(result, "failed");
      assert.deepEqual([...view.keyring.credentials.keys()], ["first"]);
      const told = bed.log.map(({ level, msg, namespace }) => ({ level, msg, namespace }));
      assert.deepEqual(
        told.filter(({ msg }) => msg === line.msg),
        [line],
      );
    }));
}

test("reads the lists themselves from a server that makes no tables", () =>
  withStalledWatches({}, async (bed) => {
    bed.server.fault = ({ verb }) => (verb === "table" ? { status: 406 } : undefined);
    bed.server.store.put("secrets", { namespace: "a", name: "new" }, dockerSecret("ghcr.io"));
    const { result, view } = await bed.readLive("a");
    assert.equal(result, "fresh");
    assert.deepEqual([...view.keyring.credentials.keys()], ["first", "new"]);
    assert.equal(verbs(bed), "get list list table");
  }));

test("never goes back when the watch reports older events after a live read", () =>
  withStalledWatches({}, async (bed) => {
    bed.server.store.put("secrets", { namespace: "a", name: "gone" }, dockerSecret("x.io"));
    bed.server.store.put("secrets", { namespace: "a", name: "first" }, dockerSecret("old.io"));
    bed.server.store.put("secrets", { namespace: "a", name: "first" }, dockerSecret("new.io"));
    bed.server.store.delete("secrets", { namespace: "a", name: "gone" });
    await bed.readLive("a");
    const registry = (): string | undefined =>
      bed.cluster.view("a", "default").keyring.credentials.get("first")?.registries[0];
    assert.equal(registry(), "new.io");
    const late = bed.server.store.since(0).filter(({ object }) => ["gone", "first"].includes(object.metadata.name));
    const lines = late.slice(0, -2).map(({ type, object }) => `${JSON.stringify({ type, object })}\n`);
    assert.equal(lines.length, 3, "first as it was, gone, and first with old.io");
    // The last event shows that those before it were applied.
    bed.server.fault = ({ query }) =>
      query.get("fieldSelector") === "type=kubernetes.io/dockerconfigjson" ? { lines: lines.join("") } : undefined;
    bed.server.isStalled = false;
    bed.server.endWatches();
    bed.server.store.put("secrets", { namespace: "b", name: "last" }, dockerSecret("quay.io"));
    await until(() => bed.names("b").length === 1);
    assert.deepEqual([bed.names("a").join(), registry()], ["first", "new.io"]);
  }));

test("sends a request again, on a new connection, when the old ones have died in silence", () => {
  let skewMs = 0;
  const clock = { ...SYSTEM_CLOCK, elapsed: () => SYSTEM_CLOCK.elapsed() + skewMs };
  const test = async (bed: Testbed): Promise<void> => {
    await bed.readLive("warm", "default");
    const dead = new Set(bed.server.requests.map(({ port }) => port));
    bed.server.fault = ({ port }) => (dead.has(port) ? { hang: true } : undefined);
    bed.server.store.put("secrets", { namespace: "a", name: "new" }, dockerSecret("ghcr.io"));
    // Connections that are younger than a second are not replaced.
    skewMs = 1_100;
    const { result, view } = await bed.readLive("a");
    assert.equal(result, "fresh");
    assert.equal(view.keyring.credentials.has("new"), true);
  };
  return withStalledWatches({ timeoutMs: 2_000 }, test, clock);
});
