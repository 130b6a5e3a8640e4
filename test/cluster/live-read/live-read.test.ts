/** Read your writes: looks at the server that begin after the request, shared, bounded, and never older than what is held. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { LiveReadLimits } from "../../../src/cluster/live-read/live-read-queue.ts";
import type { Fault, SeenRequest } from "../fake-api-server.ts";
import { dockercfgSecret, dockerSecret, makeTestbed, moment, type Testbed, until } from "../testbed.ts";

/** Runs a test on a source that is ready, and whose watches tell nothing any more. */
async function withStalledWatches(
  look: Partial<LiveReadLimits>,
  body: (bed: Testbed) => Promise<void>,
): Promise<void> {
  const bed = await makeTestbed({ limits: { look: { budgetMs: 5_000, ...look } } });
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
const slowTable = ({ verb }: SeenRequest): Fault | undefined =>
  verb === "table" ? { delayMs: 80 } : undefined;

test("asks for no list where the table of the namespace has nothing new", () =>
  withStalledWatches({}, async (bed) => {
    bed.server.store.put("secrets", { namespace: "a", name: "opaque" }, { type: "Opaque" });
    bed.server.store.put("secrets", { namespace: "a", name: "foreign" }, { type: "example.com/foreign" });
    const { result, view } = await bed.look("a");
    assert.equal(result, "fresh");
    assert.deepEqual([...view.keyring.credentials.keys()], ["first"]);
    assert.equal(verbs(bed), "get table");
  }));

test("finds a Secret that the watch never told of, and lists its type alone", () =>
  withStalledWatches({}, async (bed) => {
    bed.server.store.put("secrets", { namespace: "a", name: "new" }, dockercfgSecret("ghcr.io"));
    const { result, view } = await bed.look("a");
    assert.equal(result, "fresh");
    assert.deepEqual([...view.keyring.credentials.keys()], ["first", "new"]);
    assert.equal(verbs(bed), "get list table");
    assert.equal(bed.server.requests.at(-1)?.query.get("fieldSelector"), "type=kubernetes.io/dockercfg");
    assert.deepEqual(bed.names("a"), ["first", "new"]);
  }));

test("finds a Secret that was changed, one that was deleted, and one made anew with another type", () =>
  withStalledWatches({ batchWindowMs: 0 }, async (bed) => {
    bed.server.store.put("secrets", { namespace: "a", name: "first" }, dockerSecret("ghcr.io"));
    const changed = await bed.look("a");
    assert.deepEqual(changed.view.keyring.credentials.get("first")?.registries, ["ghcr.io"]);
    bed.server.store.delete("secrets", { namespace: "a", name: "first" });
    bed.server.store.put("secrets", { namespace: "a", name: "first" }, dockercfgSecret("quay.io"));
    const retyped = await bed.look("a");
    assert.equal(retyped.view.keyring.credentials.get("first")?.type, "kubernetes.io/dockercfg");
    bed.server.store.delete("secrets", { namespace: "a", name: "first" });
    const deleted = await bed.look("a");
    assert.equal(deleted.view.keyring.credentials.size, 0);
    assert.deepEqual(bed.names("a"), []);
  }));

test("sees 200 of 200 Secrets right after their creation while the watch is stalled", () =>
  withStalledWatches({}, async (bed) => {
    const found = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        await moment(Math.floor(i / 4));
        bed.server.store.put("secrets", { namespace: `n${i % 5}`, name: `s${i}` }, dockerSecret("quay.io"));
        const { view } = await bed.look(`n${i % 5}`, "default");
        return view.keyring.credentials.has(`s${i}`);
      }),
    );
    assert.equal(found.filter(Boolean).length, 200);
  }));

test("reads the ServiceAccount as it is now", () =>
  withStalledWatches({ batchWindowMs: 0 }, async (bed) => {
    bed.server.store.put(
      "serviceaccounts",
      { namespace: "a", name: "builder" },
      { imagePullSecrets: [{ name: "x" }] },
    );
    const { view } = await bed.look("a", "builder");
    assert.deepEqual(view.serviceAccount?.imagePullSecrets, ["x"]);
    assert.deepEqual(bed.cluster.source.view("a", "builder").serviceAccount?.imagePullSecrets, ["x"]);
    assert.equal((await bed.look("a", "nobody")).view.serviceAccount, undefined);
    bed.server.store.delete("serviceaccounts", { namespace: "a", name: "builder" });
    assert.equal((await bed.look("a", "builder")).view.serviceAccount, undefined);
  }));

test("reads a changed ServiceAccount and nothing else when it is asked for no more", () =>
  withStalledWatches({}, async (bed) => {
    const imagePullSecrets = [{ name: "x" }];
    bed.server.store.put("serviceaccounts", { namespace: "a", name: "default" }, { imagePullSecrets });
    const { result, view } = await bed.look("a", "default", "serviceaccount");
    assert.deepEqual([result, view.serviceAccount?.imagePullSecrets], ["fresh", ["x"]]);
    assert.deepEqual([...view.keyring.credentials.keys()], ["first"]);
    assert.equal(verbs(bed), "get");
  }));

test("does in one look what its requests want together: each ServiceAccount once, the credentials if any wants them", () =>
  withStalledWatches({ batchWindowMs: 0 }, async (bed) => {
    bed.server.fault = ({ verb }) => (verb === "get" ? { delayMs: 80 } : undefined);
    const first = bed.look("a", "default", "serviceaccount");
    await until(() => bed.server.requests.length === 1);
    bed.server.store.put("secrets", { namespace: "a", name: "new" }, dockerSecret("ghcr.io"));
    const looks = ["default", "default", "builder"].map((name) => bed.look("a", name, "serviceaccount"));
    const { view } = await bed.look("a");
    await Promise.all([first, ...looks]);
    assert.deepEqual([...view.keyring.credentials.keys()], ["first", "new"]);
    assert.equal(verbs(bed), "get get get list table");
  }));

test("shares one look among the requests that came before it began, and never one that had begun", () =>
  withStalledWatches({ batchWindowMs: 0 }, async (bed) => {
    bed.server.fault = slowTable;
    const first = bed.look("a");
    await until(() => bed.server.requests.some(({ verb }) => verb === "table"));
    bed.server.store.put("secrets", { namespace: "a", name: "new" }, dockerSecret("ghcr.io"));
    const later = Array.from({ length: 50 }, () => bed.look("a"));
    assert.equal((await first).result, "fresh");
    for (const { result, view } of await Promise.all(later)) {
      assert.equal(result, "fresh");
      assert.equal(view.keyring.credentials.has("new"), true);
    }
    assert.equal(bed.server.requests.filter(({ verb }) => verb === "table").length, 2);
    assert.equal(bed.server.requests.filter(({ verb }) => verb === "get").length, 2);
  }));

for (const [scope, request] of [
  ["namespace", "censuses"],
  ["serviceaccount", "gets"],
] as const) {
  test(`gathers the requests of a storm: 16 clients make no more than one look at the ${scope} in ten requests`, () =>
    withStalledWatches({ batchWindowMs: 25 }, async (bed) => {
      let left = 800;
      const client = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          await bed.look("a", "default", scope);
        }
      };
      await Promise.all(Array.from({ length: 16 }, client));
      const { looks } = bed.cluster.stats();
      assert.equal(looks[request] <= 80, true, `${looks[request]} ${request}`);
      assert.equal(looks.lists, 0);
    }));
}

test("answers from what is held when the budget ends, and keeps what the look finds later", () =>
  withStalledWatches({ budgetMs: 40 }, async (bed) => {
    bed.server.fault = ({ verb }) => (verb === "table" ? { delayMs: 200 } : undefined);
    bed.server.store.put("secrets", { namespace: "a", name: "new" }, dockerSecret("ghcr.io"));
    const { result, view } = await bed.look("a");
    assert.equal(result, "timeout");
    assert.deepEqual([...view.keyring.credentials.keys()], ["first"]);
    await until(() => bed.names("a").join() === "first,new");
  }));

test("waits no longer than a request can, however large the budget is", { timeout: 20_000 }, () =>
  withStalledWatches({ budgetMs: 60_000 }, async (bed) => {
    bed.server.fault = ({ verb }) => (verb === "table" ? { hang: true } : undefined);
    const request = { namespace: "a", serviceAccountName: "default", scope: "namespace" } as const;
    assert.equal((await bed.cluster.source.readLive({ ...request, limitMs: 40 })).result, "timeout");
  }),
);

test("runs so many looks at a time, lets so many wait, and turns the rest away at once", () =>
  withStalledWatches({ maxRunning: 2, maxQueued: 3, batchWindowMs: 0 }, async (bed) => {
    let most = 0;
    bed.server.fault = (request) => {
      most = Math.max(most, bed.cluster.stats().looks.running);
      return slowTable(request);
    };
    const results = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => (await bed.look(`n${i}`, "default")).result),
    );
    assert.deepEqual(results, ["fresh", "fresh", "fresh", "fresh", "fresh", "busy", "busy", "busy"]);
    assert.equal(most, 2);
    assert.deepEqual(bed.cluster.stats().looks.waiting, 0);
  }));

test("turns requests away when too many wait for the same look", () =>
  withStalledWatches({ maxWaiting: 3 }, async (bed) => {
    bed.server.fault = slowTable;
    const looks = Array.from({ length: 5 }, () => bed.look("a"));
    const results = (await Promise.all(looks)).map(({ result }) => result);
    assert.deepEqual(results.sort(), ["busy", "busy", "fresh", "fresh", "fresh"]);
  }));

const FAILED = { level: "warn", msg: "Failed to look at a namespace", namespace: "a" };
const FORBIDDEN = { level: "error", msg: "Lacked a right at the API server", namespace: undefined };

for (const [title, fault, line] of [
  ["is refused", { status: 500 }, FAILED],
  ["is forbidden", { status: 403 }, FORBIDDEN],
  ["is cut", { reset: true }, FAILED],
] as const satisfies readonly (readonly [string, Fault, object])[]) {
  test(`answers from what is held when the look ${title}`, () =>
    withStalledWatches({}, async (bed) => {
      bed.server.fault = ({ verb }) => (verb === "table" ? fault : undefined);
      const { result, view } = await bed.look("a");
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
    const { result, view } = await bed.look("a");
    assert.equal(result, "fresh");
    assert.deepEqual([...view.keyring.credentials.keys()], ["first", "new"]);
    assert.equal(verbs(bed), "get list list table");
  }));

test("never goes back when the watch tells old news after a look", () =>
  withStalledWatches({ batchWindowMs: 0 }, async (bed) => {
    bed.server.store.put("secrets", { namespace: "a", name: "gone" }, dockerSecret("x.io"));
    bed.server.store.put("secrets", { namespace: "a", name: "first" }, dockerSecret("old.io"));
    bed.server.store.put("secrets", { namespace: "a", name: "first" }, dockerSecret("new.io"));
    bed.server.store.delete("secrets", { namespace: "a", name: "gone" });
    await bed.look("a");
    const registry = (): string | undefined =>
      bed.cluster.source.view("a", "default").keyring.credentials.get("first")?.registries[0];
    assert.equal(registry(), "new.io");
    const late = bed.server.store
      .since(0)
      .filter(({ object }) => ["gone", "first"].includes(object.metadata.name));
    const lines = late.slice(0, -2).map(({ type, object }) => `${JSON.stringify({ type, object })}\n`);
    assert.equal(lines.length, 3, "first as it was, gone, and first with old.io");
    let isTold = false;
    bed.server.fault = ({ verb, query }) => {
      const isHere = verb === "watch" && query.get("fieldSelector") === "type=kubernetes.io/dockerconfigjson";
      isTold ||= isHere;
      return isHere ? { lines: lines.join("") } : undefined;
    };
    bed.server.endWatches();
    await until(() => isTold && bed.server.openWatches === 3);
    await moment();
    assert.deepEqual([bed.names("a").join(), registry()], ["first", "new.io"]);
  }));

test("sends a request again, on a new connection, when the old ones have died in silence", () =>
  withStalledWatches({ budgetMs: 2_000 }, async (bed) => {
    await moment(1_100);
    await bed.look("warm", "default");
    const dead = new Set(bed.server.requests.map(({ port }) => port));
    bed.server.fault = ({ port }) => (dead.has(port) ? { hang: true } : undefined);
    bed.server.store.put("secrets", { namespace: "a", name: "new" }, dockerSecret("ghcr.io"));
    const { result, view } = await bed.look("a");
    assert.equal(result, "fresh");
    assert.equal(view.keyring.credentials.has("new"), true);
  }));
