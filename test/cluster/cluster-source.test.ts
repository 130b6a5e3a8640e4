/** What the composition decides: what is read at all, and what the view says of itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterSourceOptions } from "../../src/cluster/cluster-source.ts";
import { dockerSecret, makeTestbed, type Testbed, until } from "./testbed.ts";

async function withSource(
  options: Partial<ClusterSourceOptions>,
  body: (bed: Testbed) => Promise<void>,
): Promise<void> {
  const bed = await makeTestbed(options);
  bed.server.store.put("serviceaccounts", { namespace: "a", name: "default" }, {});
  bed.server.store.put("secrets", { namespace: "a", name: "first" }, dockerSecret("quay.io"));
  await bed.ready();
  try {
    await body(bed);
  } finally {
    await bed.stop();
  }
}

const isFollowed = ({ cluster }: Testbed): boolean => cluster.view("a", "default").isFollowed === true;

test("a view is followed while all its watches are open, and not while one of them is away", () => {
  const restarts: string[] = [];
  return withSource({ onWatchRestart: (resource) => restarts.push(resource) }, async (bed) => {
    await until(() => isFollowed(bed));
    bed.server.fault = ({ verb, resource }) =>
      verb === "watch" && resource === "serviceaccounts" ? { status: 500 } : undefined;
    bed.server.resetConnections();
    await until(() => !isFollowed(bed));
    bed.server.fault = () => undefined;
    await until(() => isFollowed(bed));
    assert.deepEqual([...new Set(restarts)].sort(), ["secrets", "serviceaccounts"]);
  });
});

test("a watch that the server ends in order counts as no restart", () => {
  const restarts: string[] = [];
  return withSource({ onWatchRestart: (resource) => restarts.push(resource) }, async (bed) => {
    await until(() => bed.server.openWatches === 3);
    const before = bed.server.requests.filter(({ verb }) => verb === "watch").length;
    bed.server.endWatches();
    await until(() => bed.server.requests.filter(({ verb }) => verb === "watch").length >= before + 3);
    assert.deepEqual(restarts, []);
  });
});

test("with a time-out of 0 there is no live read", () =>
  withSource({ liveReadTimeoutMs: 0 }, async ({ cluster }) => assert.equal(cluster.readLive, undefined)));

test("with a selector it goes along with every list and watch of Secrets, and with none of ServiceAccounts", () =>
  withSource({ credentialSelector: "pull=yes" }, async (bed) => {
    await until(() => bed.server.openWatches === 3);
    await bed.readLive("a");
    for (const { resource, query } of bed.server.requests.filter(({ verb }) => verb !== "get")) {
      assert.equal(query.get("labelSelector"), resource === "secrets" ? "pull=yes" : null, resource);
    }
  }));

test("a namespace that is not among the chosen ones is not read, and that is no failure", () =>
  withSource({ namespaces: ["a"] }, async (bed) => {
    bed.server.requests.length = 0;
    assert.equal((await bed.readLive("b")).result, "not-served");
    assert.ok(!bed.server.requests.some(({ namespace }) => namespace === "b"));
  }));
