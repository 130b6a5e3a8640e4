/** Read your writes: what a live read asks the server, and what is in the view after it. Sharing and bounds: live-read-queue.test.ts. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { LiveReadLimits } from "../../../src/cluster/live-read/live-read-queue.ts";
import { SYSTEM_CLOCK } from "../../../src/telemetry/clock.ts";
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

test("finds a Secret that the watch has not reported, and reads it alone", async (t) => {
  const bed = await startStalled(t);
  bed.server.store.put("secrets", { namespace: "a", name: "new" }, dockercfgSecret("ghcr.io"));
  const { result, view } = await bed.readLive("a");
  assert.deepEqual([result, ...view.keyring.credentials.keys()], ["fresh", "first", "new"]);
  assert.equal(verbs(bed), "get list table");
  assert.equal(
    bed.server.requests.at(-1)?.query.get("fieldSelector"),
    "type=kubernetes.io/dockercfg,metadata.name=new",
  );
  assert.deepEqual(bed.names("a"), ["first", "new"]);
});

for (const [count, lists] of [
  [8, 8],
  [9, 1],
] as const) {
  test(`of ${count} Secrets that are new each is read${lists === 1 ? " in one list" : " by its name"}`, async (t) => {
    const bed = await startStalled(t);
    const names = Array.from({ length: count }, (_, number) => `new-${number}`);
    for (const name of names) bed.server.store.put("secrets", { namespace: "a", name }, dockerSecret("ghcr.io"));
    const { view } = await bed.readLive("a");
    assert.deepEqual([...view.keyring.credentials.keys()], ["first", ...names]);
    assert.equal(verbs(bed), `get${" list".repeat(lists)} table`);
  });
}

test("a Secret that is gone is known by the names alone", async (t) => {
  const bed = await startStalled(t);
  bed.server.store.delete("secrets", { namespace: "a", name: "first" });
  const { view } = await bed.readLive("a");
  assert.deepEqual([view.keyring.credentials.size, verbs(bed)], [0, "get table"]);
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

test("reads a ServiceAccount that was created and one that was deleted, and nothing else when asked for no more", async (t) => {
  const bed = await startStalled(t);
  bed.server.store.put("serviceaccounts", { namespace: "a", name: "builder" }, { imagePullSecrets: [{ name: "x" }] });
  const { result, view } = await bed.readLive("a", "builder", "serviceaccount");
  assert.deepEqual([result, view.serviceAccount?.imagePullSecrets], ["fresh", ["x"]]);
  assert.deepEqual([[...view.keyring.credentials.keys()], verbs(bed)], [["first"], "get"]);
  assert.deepEqual(bed.cluster.view("a", "builder").serviceAccount?.imagePullSecrets, ["x"]);
  bed.server.store.delete("serviceaccounts", { namespace: "a", name: "builder" });
  assert.equal((await bed.readLive("a", "builder")).view.serviceAccount, null);
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

test("answers from what is held when the read is refused", async (t) => {
  const bed = await startStalled(t);
  bed.server.fault = ({ verb }) => (verb === "table" ? { status: 500 } : undefined);
  const { result, view } = await bed.readLive("a");
  assert.deepEqual([result, ...view.keyring.credentials.keys()], ["failed", "first"]);
  const [line, ...others] = bed.log.filter(({ msg }) => msg === "Failed to read a namespace");
  assert.deepEqual([line?.level, line?.namespace, others], ["warn", "a", []]);
});

test("reads the lists themselves from a server that makes no tables", async (t) => {
  const bed = await startStalled(t);
  bed.server.fault = ({ verb }) => (verb === "table" ? { status: 406 } : undefined);
  bed.server.store.put("secrets", { namespace: "a", name: "new" }, dockerSecret("ghcr.io"));
  const { result, view } = await bed.readLive("a");
  assert.deepEqual([result, ...view.keyring.credentials.keys()], ["fresh", "first", "new"]);
  assert.equal(verbs(bed), "get list list table");
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
