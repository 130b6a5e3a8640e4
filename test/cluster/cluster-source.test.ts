/** What the composition decides: what is read at all, and what the view says of itself. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ClusterSourceOptions } from "../../src/cluster/cluster-source.ts";
import { dockerSecret, makeTestbed, type Testbed, until } from "./testbed.ts";

async function startSource(t: TestContext, options: Partial<ClusterSourceOptions>): Promise<Testbed> {
  const bed = await makeTestbed(t, options);
  bed.server.store.put("serviceaccounts", { namespace: "a", name: "default" }, {});
  bed.server.store.put("secrets", { namespace: "a", name: "first" }, dockerSecret("quay.io"));
  bed.server.store.put("secrets", { namespace: "c", name: "other" }, dockerSecret("quay.io"));
  await bed.ready();
  await until(() => bed.server.openWatches >= 3);
  return bed;
}

test("a view is followed while all its watches are open, and restarts count that are not in order", async (t) => {
  const restarts: string[] = [];
  const { server, cluster } = await startSource(t, { onWatchRestart: (resource) => restarts.push(resource) });
  const isFollowed = (): boolean => cluster.view("a", "default").isFollowed === true;
  await until(isFollowed);
  server.requests.length = 0;
  server.endWatches();
  await until(() => server.requests.filter(({ verb }) => verb === "watch").length >= 3 && isFollowed());
  assert.deepEqual(restarts, []);
  server.fault = ({ verb, resource }) =>
    verb === "watch" && resource === "serviceaccounts" ? { status: 500 } : undefined;
  server.resetConnections();
  await until(() => !isFollowed());
  server.fault = () => undefined;
  await until(isFollowed);
  assert.deepEqual([...new Set(restarts)].sort(), ["secrets", "serviceaccounts"]);
});

test("with a time-out of 0 there is no live read", async (t) => {
  assert.equal((await makeTestbed(t, { liveReadTimeoutMs: 0 })).cluster.readLive, undefined);
});

test("with a selector it goes along with every list and watch of Secrets, and with none of ServiceAccounts", async (t) => {
  const bed = await startSource(t, { credentialSelector: "pull=yes" });
  await bed.readLive("a");
  for (const { resource, query, userAgent } of bed.server.requests.filter(({ verb }) => verb !== "get")) {
    assert.equal(userAgent, "pullring/1.2.3");
    assert.equal(query.get("labelSelector"), resource === "secrets" ? "pull=yes" : null, resource);
  }
});

test("chosen namespaces have lists and watches of their own, and no other one is read, which is no failure", async (t) => {
  const bed = await startSource(t, { namespaces: ["a", "b"] });
  assert.equal((await bed.readLive("c")).result, "not-served");
  bed.server.store.put("secrets", { namespace: "b", name: "in-b" }, dockerSecret("quay.io"));
  await until(() => bed.names("b").length === 1);
  assert.deepEqual([bed.names("a"), bed.names("b"), bed.names("c")], [["first"], ["in-b"], []]);
  assert.deepEqual(new Set(bed.server.requests.map(({ namespace }) => namespace)), new Set(["a", "b"]));
});
