/** Read your writes: what a live read asks the server, and what is in the view after it. Sharing and bounds: live-read-queue.test.ts. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { LiveReadLimits } from "../../../src/cluster/live-read/live-read-queue.ts";
import { SYSTEM_CLOCK } from "../../../src/telemetry/clock.ts";
import type { Fault } from "../fake-api-server.ts";
import { dockercfgSecret, dockerSecret, makeTestbed, type Testbed, until } from "../testbed.ts";

/** Makes a source that is ready, and whose watches send nothing any more. */
async function startStalled(
  t: TestContext,
  liveRead: Partial<LiveReadLimits> = {},
  clock = SYSTEM_CLOCK,
): Promise<Testbed> {
  const bed = await makeTestbed(t, {
    clock,
    limits: { liveRead: { timeoutMs: 5_000, batchWindowMs: 0, ...liveRead } },
  });
  bed.server.store.put("serviceaccounts", { namespace: "a", name: "default" }, {});
  bed.server.store.put("secrets", { namespace: "a", name: "first" }, dockerSecret("quay.io"));
  await bed.ready();
  await until(() => bed.server.openWatches === 3);
  bed.server.isStalled = true;
  bed.server.requests.length = 0;
  return bed;
}

const verbs = ({ server }: Testbed): string =>
  server.requests
    .map(({ verb }) => verb)
    .sort()
    .join(" ");

test("asks for no list where the table of the namespace has nothing new", async (t) => {
  const bed = await startStalled(t);
  bed.server.store.put("secrets", { namespace: "a", name: "opaque" }, { type: "Opaque" });
  bed.server.store.put("secrets", { namespace: "a", name: "foreign" }, { type: "example.com/foreign" });
  const { result, view } = await bed.readLive("a");
  assert.deepEqual([result, ...view.keyring.credentials.keys()], ["fresh", "first"]);
  assert.equal(verbs(bed), "get table");
});

test("finds a Secret that the watch has not reported, and lists its type alone", async (t) => {
  const bed = await startStalled(t);
  bed.server.store.put("secrets", { namespace: "a", name: "new" }, dockercfgSecret("ghcr.io"));
  const { result, view } = await bed.readLive("a");
  assert.deepEqual([result, ...view.keyring.credentials.keys()], ["fresh", "first", "new"]);
  assert.equal(verbs(bed), "get list table");
  assert.equal(bed.server.requests.at(-1)?.query.get("fieldSelector"), "type=kubernetes.io/dockercfg");
  assert.deepEqual(bed.names("a"), ["first", "new"]);
});

test("finds a Secret that was changed, one that was deleted, and one created again with another type", async (t) => {
  const bed = await startStalled(t);
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
});

test("sees 200 of 200 Secrets right after their creation while the watch is stalled", async (t) => {
  const bed = await startStalled(t);
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
});

test("reads a ServiceAccount that was created and one that was deleted, as they are now", async (t) => {
  const bed = await startStalled(t);
  bed.server.store.put("serviceaccounts", { namespace: "a", name: "builder" }, { imagePullSecrets: [{ name: "x" }] });
  assert.deepEqual((await bed.readLive("a", "builder")).view.serviceAccount?.imagePullSecrets, ["x"]);
  assert.deepEqual(bed.cluster.view("a", "builder").serviceAccount?.imagePullSecrets, ["x"]);
  bed.server.store.delete("serviceaccounts", { namespace: "a", name: "builder" });
  assert.equal((await bed.readLive("a", "builder")).view.serviceAccount, null);
});

test("reads a changed ServiceAccount and nothing else when it is asked for no more", async (t) => {
  const bed = await startStalled(t);
  const imagePullSecrets = [{ name: "x" }];
  bed.server.store.put("serviceaccounts", { namespace: "a", name: "default" }, { imagePullSecrets });
  const { result, view } = await bed.readLive("a", "default", "serviceaccount");
  assert.deepEqual([result, view.serviceAccount?.imagePullSecrets], ["fresh", ["x"]]);
  assert.deepEqual([...view.keyring.credentials.keys()], ["first"]);
  assert.equal(verbs(bed), "get");
});

test("answers from what is held after the time-out, and keeps what the read finds later", async (t) => {
  const bed = await startStalled(t, { timeoutMs: 40 });
  bed.server.fault = ({ verb }) => (verb === "table" ? { delayMs: 200 } : undefined);
  bed.server.store.put("secrets", { namespace: "a", name: "new" }, dockerSecret("ghcr.io"));
  const { result, view } = await bed.readLive("a");
  assert.deepEqual([result, ...view.keyring.credentials.keys()], ["timeout", "first"]);
  await until(() => bed.names("a").join() === "first,new");
});

test("reads no credentials where the ServiceAccount does not exist, as in a namespace that does not", async (t) => {
  const bed = await startStalled(t);
  const { result, view } = await bed.readLive("made-up");
  assert.deepEqual([result, view.serviceAccount, verbs(bed)], ["fresh", null, "get"]);
});

test("asks nothing for names that are none", async (t) => {
  const bed = await startStalled(t);
  for (const [namespace, name] of [
    ["a/../../b", "default"],
    ["A", "default"],
    ["a", "x/../y"],
    ["a", ""],
  ] as const) {
    assert.equal((await bed.readLive(namespace, name)).result, "not-served", `${namespace}/${name}`);
  }
  assert.equal(verbs(bed), "");
});

for (const [title, fault] of [
  ["is refused", { status: 500 }],
  ["is cut", { reset: true }],
] as const satisfies readonly (readonly [string, Fault])[]) {
  test(`answers from what is held when the read ${title}`, async (t) => {
    const bed = await startStalled(t);
    bed.server.fault = ({ verb }) => (verb === "table" ? fault : undefined);
    const { result, view } = await bed.readLive("a");
    assert.deepEqual([result, ...view.keyring.credentials.keys()], ["failed", "first"]);
    const lines = bed.log.filter(({ msg }) => msg === "Failed to read a namespace");
    assert.deepEqual(
      lines.map(({ level, namespace }) => [level, namespace]),
      [["warn", "a"]],
    );
  });
}

test("reads the lists themselves from a server that makes no tables", async (t) => {
  const bed = await startStalled(t);
  bed.server.fault = ({ verb }) => (verb === "table" ? { status: 406 } : undefined);
  bed.server.store.put("secrets", { namespace: "a", name: "new" }, dockerSecret("ghcr.io"));
  const { result, view } = await bed.readLive("a");
  assert.deepEqual([result, ...view.keyring.credentials.keys()], ["fresh", "first", "new"]);
  assert.equal(verbs(bed), "get list list table");
});

test("never goes back when the watch reports older events after a live read", async (t) => {
  const bed = await startStalled(t);
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
});

test("sends a request again, on a new connection, when the old ones have died in silence", async (t) => {
  let skewMs = 0;
  const clock = { ...SYSTEM_CLOCK, elapsed: () => SYSTEM_CLOCK.elapsed() + skewMs };
  const bed = await startStalled(t, { timeoutMs: 2_000 }, clock);
  await bed.readLive("warm", "default");
  const dead = new Set(bed.server.requests.map(({ port }) => port));
  bed.server.fault = ({ port }) => (dead.has(port) ? { hang: true } : undefined);
  bed.server.store.put("secrets", { namespace: "a", name: "new" }, dockerSecret("ghcr.io"));
  // Connections that are younger than a second are not replaced.
  skewMs = 1_100;
  const { result, view } = await bed.readLive("a");
  assert.deepEqual([result, view.keyring.credentials.has("new")], ["fresh", true]);
});
