/** What reflectors do when all goes well, and how they recover when the server or the network does not. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ManualClock } from "../../manual-clock.ts";
import type { Fault, SeenRequest } from "../fake-api-server.ts";
import { dockerSecret, makeTestbed, type Testbed, until } from "../testbed.ts";

const TYPE = "type=kubernetes.io/dockerconfigjson";

/** Makes a testbed whose namespace `a` has the credential `first`. */
async function startReflectors(t: TestContext, options: Parameters<typeof makeTestbed>[1] = {}): Promise<Testbed> {
  const bed = await makeTestbed(t, options);
  add(bed, "first");
  return bed;
}

/** Makes one whose watches are open. */
async function startWatching(t: TestContext, options: Parameters<typeof makeTestbed>[1] = {}): Promise<Testbed> {
  const bed = await startReflectors(t, options);
  await bed.ready();
  await until(() => bed.server.openWatches === 3);
  return bed;
}

/** Answers the first `count` matching requests with `fault`. */
function failFirst(
  count: number,
  matches: (request: SeenRequest) => boolean,
  fault: Fault,
): (request: SeenRequest) => Fault | undefined {
  let left = count;
  return (request) => {
    if (left > 0 && matches(request)) {
      left -= 1;
      return fault;
    }
    return undefined;
  };
}

const isDockerJson = ({ resource, query }: SeenRequest): boolean =>
  resource === "secrets" && query.get("fieldSelector") === TYPE;
const isWatch = (request: SeenRequest): boolean => request.verb === "watch" && isDockerJson(request);
const isList = (request: SeenRequest): boolean => request.verb === "list" && isDockerJson(request);

function add({ server }: Testbed, name: string): number {
  return server.store.put("secrets", { namespace: "a", name }, dockerSecret("quay.io"));
}

test("lists in pages of 500 and asks for registry credentials only, in watches of five to ten minutes", async (t) => {
  const bed = await startReflectors(t);
  for (let i = 0; i < 1_100; i += 1) {
    bed.server.store.put("secrets", { namespace: `n${i % 7}`, name: `s${i}` }, dockerSecret("quay.io"));
  }
  bed.server.store.put("secrets", { namespace: "a", name: "opaque" }, { type: "Opaque", data: { x: "eA==" } });
  await bed.ready();
  const pages = bed.server.requests.filter(isList);
  assert.deepEqual(
    pages.map(({ query }) => query.get("limit")),
    ["500", "500", "500"],
  );
  assert.ok(pages.every(({ query }) => !query.has("resourceVersion")));
  await until(() => bed.server.openWatches === 3);
  const watches = bed.server.requests.filter(({ verb }) => verb === "watch");
  const seconds = watches.map(({ query }) => Number(query.get("timeoutSeconds")));
  assert.ok(seconds.every((value) => value >= 300 && value <= 600));
  const selectors = bed.server.requests
    .filter(({ resource }) => resource === "secrets")
    .map(({ query }) => query.get("fieldSelector"));
  assert.deepEqual([...new Set(selectors)].sort(), ["type=kubernetes.io/dockercfg", TYPE]);
  assert.equal(bed.cluster.count().credentials, 1_101);
  assert.deepEqual(bed.names("a"), ["first"]);
});

test("follows additions, changes and deletions", async (t) => {
  const bed = await startReflectors(t);
  await bed.ready();
  add(bed, "second");
  await until(() => bed.names("a").length === 2);
  bed.server.store.put("secrets", { namespace: "a", name: "first" }, dockerSecret("ghcr.io"));
  await until(() => bed.cluster.view("a", "default").keyring.credentials.get("first")?.registries[0] === "ghcr.io");
  bed.server.store.delete("secrets", { namespace: "a", name: "first" });
  await until(() => bed.names("a").join() === "second");
});

test("goes on from the last version or bookmark when a watch ends, without another list", async (t) => {
  const bed = await startWatching(t);
  const { store } = bed.server;
  const resume = async (count: number): Promise<URLSearchParams | undefined> => {
    bed.server.endWatches();
    await until(() => bed.server.requests.filter(isWatch).length === count && bed.server.openWatches === 3);
    return bed.server.requests.filter(isWatch).at(-1)?.query;
  };
  const version = add(bed, "second");
  await until(() => bed.names("a").length === 2);
  const resumed = await resume(2);
  assert.equal(resumed?.get("resourceVersion"), String(version));
  assert.equal(resumed?.get("allowWatchBookmarks"), "true");
  store.tick(1_000);
  bed.server.bookmark();
  assert.equal((await resume(3))?.get("resourceVersion"), String(store.version));
  assert.equal(bed.server.requests.filter(isList).length, 1);
});

const GONE = '{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}\n';
for (const [title, count, fault] of [
  ["status 410 of a watch", 1, { status: 410 }],
  ["an ERROR event 410", 1, { lines: GONE, end: true }],
  ["three watches in a row that give garbage", 3, { lines: "garbage\n" }],
] as const) {
  test(`lists again after ${title}`, async (t) => {
    const bed = await startReflectors(t);
    bed.server.fault = failFirst(count, isWatch, fault);
    await bed.ready();
    await until(() => bed.server.requests.filter(isList).length === 2);
    add(bed, "second");
    await until(() => bed.names("a").length === 2);
  });
}

test("begins a list again when its history is gone in the middle", async (t) => {
  const bed = await startReflectors(t);
  for (let i = 0; i < 600; i += 1) {
    bed.server.store.put("secrets", { namespace: "many", name: `s${i}` }, dockerSecret("quay.io"));
  }
  bed.server.fault = failFirst(1, (request) => isList(request) && request.query.has("continue"), { status: 410 });
  await bed.ready();
  assert.deepEqual(
    bed.server.requests.filter(isList).map(({ query }) => query.has("continue")),
    [false, true, false, true],
  );
  assert.equal(bed.cluster.count().credentials, 601);
});

test("keeps what it has while a list fails, and replaces all of it at once", async (t) => {
  const bed = await startWatching(t);
  for (let i = 0; i < 600; i += 1) {
    bed.server.store.put("secrets", { namespace: "z", name: `s${i}` }, dockerSecret("quay.io"));
  }
  await until(() => bed.names("z").length === 600);
  bed.server.isStalled = true;
  bed.server.store.delete("secrets", { namespace: "a", name: "first" });
  add(bed, "second");
  bed.server.store.compact();
  let failures = 0;
  bed.server.fault = (request) => {
    failures += isList(request) && request.query.has("continue") ? 1 : 0;
    return isList(request) && request.query.has("continue") && failures <= 3 ? { reset: true } : undefined;
  };
  bed.server.endWatches();
  const seen = new Set<string>();
  await until(() => {
    seen.add(bed.names("a").join());
    assert.equal(bed.names("z").length, 600);
    return bed.names("a").join() === "second";
  });
  assert.deepEqual([...seen], ["first", "second"]);
  assert.ok(failures >= 4);
});

test("follows a server whose history was rewritten by a restored backup", async (t) => {
  const bed = await startReflectors(t);
  bed.server.store.tick(5_000);
  await bed.ready();
  await until(() => bed.server.openWatches === 3);
  bed.server.store.restore(100);
  bed.server.store.delete("secrets", { namespace: "a", name: "first" });
  bed.server.fault = failFirst(1, isWatch, { status: 410 });
  bed.server.resetConnections();
  await until(() => bed.names("a").length === 0);
  add(bed, "second");
  await until(() => bed.names("a").join() === "second");
});

test("ignores one list that is older than what is known, as of a server that is behind", async (t) => {
  const bed = await startReflectors(t);
  const { store } = bed.server;
  store.tick(5_000);
  await bed.ready();
  const { version } = store;
  store.restore(100);
  store.delete("secrets", { namespace: "a", name: "first" });
  bed.server.requests.length = 0;
  let namesAfterOldList: readonly string[] = [];
  const failWatch = failFirst(1, isWatch, { status: 410 });
  bed.server.fault = (request) => {
    if (isList(request) && bed.server.requests.filter(isList).length === 2) {
      namesAfterOldList = bed.names("a");
      store.restore(version);
      add(bed, "first");
    }
    return failWatch(request);
  };
  bed.server.resetConnections();
  await until(() => bed.server.requests.filter(isList).length === 2 && bed.server.openWatches === 3);
  assert.deepEqual(namesAfterOldList, ["first"]);
  assert.deepEqual(bed.names("a"), ["first"]);
});

for (const [title, fault] of [
  ["status 500", { status: 500 }],
  ["status 503", { status: 503 }],
  ["a connection reset", { reset: true }],
  ["garbage", { lines: "{{{ not an event\n" }],
  ["an event without a version", { lines: '{"type":"ADDED","object":{"metadata":{"name":"x","namespace":"a"}}}\n' }],
  ["half an event", { lines: '{"type":"ADDED","obj', end: true }],
  ["an ERROR event 500", { lines: '{"type":"ERROR","object":{"code":500}}\n' }],
] as const satisfies readonly (readonly [string, Fault])[]) {
  test(`recovers from watches that end with ${title}, and never loses an event`, async (t) => {
    const bed = await startReflectors(t);
    bed.server.fault = failFirst(2, isWatch, fault);
    await bed.ready();
    add(bed, "second");
    await until(() => bed.names("a").length === 2);
    assert.ok(bed.server.requests.filter(isWatch).length >= 3);
  });
}

test("replaces a watch that is silent for longer than bookmarks allow, which counts as no restart", async (t) => {
  const restarts: string[] = [];
  const onWatchRestart = (resource: string) => restarts.push(resource);
  const bed = await startWatching(t, { limits: { reflector: { idleTimeoutMs: 150 } }, onWatchRestart });
  bed.server.isStalled = true;
  add(bed, "second");
  bed.server.isStalled = false;
  await until(() => bed.names("a").length === 2);
  assert.equal(bed.server.requests.filter(isList).length, 1);
  assert.equal(
    bed.log.some(({ msg, resource }) => msg === "Replaced a silent watch" && resource === "dockerconfigjson"),
    true,
  );
  assert.deepEqual(restarts, []);
});

test("keeps a watch that gets bookmarks", async (t) => {
  const bed = await startWatching(t, { limits: { reflector: { idleTimeoutMs: 300 } } });
  for (let i = 0; i < 8; i += 1) {
    bed.server.bookmark();
    await sleep(60);
  }
  assert.equal(bed.server.requests.filter(({ verb }) => verb === "watch").length, 3);
});

test("does not open watches in a tight loop when each ends as soon as it has begun", async (t) => {
  const clock = new ManualClock();
  const bed = await startReflectors(t, { clock, limits: { reflector: { shortestWatchMs: 1 } } });
  bed.server.fault = (request) => (isWatch(request) ? { lines: "", end: true } : undefined);
  await bed.ready();
  for (let count = 1; count <= 3; count += 1) {
    await until(() => clock.delays.length === count);
    assert.equal(bed.server.requests.filter(isWatch).length, count);
    clock.advance(40);
  }
  assert.deepEqual(clock.delays.slice(0, 3), [2.5, 5, 10]);
});
