/** Credentials of the shared namespace: who has them, what a live read asks for, and what is known of a namespace just made. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ClusterSourceOptions } from "../../../src/cluster/cluster-source.ts";
import type { ObjectFields } from "../fake-api-server.ts";
import { dockercfgSecret, dockerSecret, makeTestbed, type Testbed, until } from "../testbed.ts";

function sharedSecret(shareWith: string, registry = "quay.io") {
  return { ...dockerSecret(registry), metadata: { annotations: { "pullring.dev/share-with": shareWith } } };
}

/** Namespace `a` has the label team=shop and a ServiceAccount; `hub` is shared with it. */
async function start(t: TestContext, options: Partial<ClusterSourceOptions> = {}): Promise<Testbed> {
  const bed = await makeTestbed(t, {
    sharedNamespace: "shared",
    ...options,
    limits: { liveRead: { timeoutMs: 5_000, batchWindowMs: 0 } },
  });
  addNamespace(bed, "a", { team: "shop" });
  addNamespace(bed, "other", {});
  bed.server.store.put("secrets", { namespace: "shared", name: "hub" }, sharedSecret("team=shop"));
  await bed.ready();
  return bed;
}

function addNamespace({ server }: Testbed, name: string, labels: object): void {
  server.store.put("serviceaccounts", { namespace: name, name: "default" }, {});
  server.store.put("namespaces", { namespace: "", name }, { metadata: { labels } });
}

/** Whether a template's image is decided by what is known. */
const isFollowed = ({ cluster }: Testbed, namespace: string): boolean | undefined =>
  cluster.view(namespace, "default").isFollowed;

test("a namespace has the credentials whose selector its labels meet, as they are now", async (t) => {
  const bed = await start(t);
  assert.deepEqual(bed.names("a"), ["hub"]);
  assert.equal(bed.cluster.view("a", "default").keyring.credentials.get("hub")?.sharedFrom, "shared");
  assert.deepEqual([bed.names("other"), bed.names("shared")], [[], ["hub"]]);
  assert.equal(bed.cluster.view("shared", "default").keyring.credentials.get("hub")?.sharedFrom, undefined);
  bed.server.store.put("namespaces", { namespace: "", name: "other" }, { metadata: { labels: { team: "shop" } } });
  await until(() => bed.names("other").length === 1);
  bed.server.store.put("secrets", { namespace: "shared", name: "hub" }, sharedSecret("team in shop"));
  await until(() => bed.names("other").length === 0 && bed.names("a").length === 0);
  bed.server.store.put("secrets", { namespace: "shared", name: "hub" }, dockerSecret("quay.io"));
  bed.server.store.put("secrets", { namespace: "shared", name: "all" }, sharedSecret("*"));
  await until(() => bed.names("other").length === 1);
  assert.deepEqual(bed.names("a"), ["all"]);
});

test("a Secret of the namespace's own stands before a shared one of its name, whatever its type", async (t) => {
  const bed = await start(t);
  bed.server.store.put("secrets", { namespace: "a", name: "hub" }, dockercfgSecret("ghcr.io"));
  const own = () => bed.cluster.view("a", "default").keyring.credentials.get("hub");
  await until(() => own()?.registries.join() === "ghcr.io");
  assert.equal(own()?.sharedFrom, undefined);
  bed.server.store.delete("secrets", { namespace: "a", name: "hub" });
  await until(() => own()?.sharedFrom === "shared");
});

test("a Secret of the namespace's own that is not chosen stands before it as well, and is none; a copy is always chosen", async (t) => {
  const bed = await start(t, { credentialSelector: "pull=yes" });
  const find = (name: string) => bed.cluster.view("a", "default").keyring.credentials.get(name);
  const put = (name: string, secret: ObjectFields) => bed.server.store.put("secrets", { namespace: "a", name }, secret);
  assert.equal(find("hub")?.sharedFrom, "shared");
  put("hub", dockercfgSecret("ghcr.io"));
  await until(() => find("hub")?.sharedFrom === undefined);
  assert.deepEqual(
    [find("hub")?.status, find("hub")?.reason, find("hub")?.registries],
    ["ignored", { code: "not-chosen" }, []],
  );
  put("chosen", { ...dockerSecret("quay.io"), metadata: { labels: { pull: "yes" } } });
  await until(() => find("chosen")?.status === "usable");
  const labels = { "app.kubernetes.io/managed-by": "pullring" };
  const annotations = { "pullring.dev/shared-from": "shared/hub" };
  put("hub", { ...dockerSecret("quay.io"), metadata: { labels, annotations } });
  await until(() => find("hub")?.status === "usable");
  bed.server.isStalled = true;
  put("hub", dockercfgSecret("ghcr.io"));
  const { view } = await bed.readLive("a");
  assert.equal(view.keyring.credentials.get("hub")?.status, "ignored");
});

test("one that would never be added is shared with nobody", async (t) => {
  const bed = await start(t);
  const secret = sharedSecret("*");
  const labels = { "pullring.dev/inject": "false" };
  bed.server.store.put(
    "secrets",
    { namespace: "shared", name: "quiet" },
    { ...secret, metadata: { ...secret.metadata, labels } },
  );
  bed.server.store.put("secrets", { namespace: "shared", name: "seen" }, secret);
  await until(() => bed.names("a").includes("seen"));
  assert.deepEqual(bed.names("a"), ["hub", "seen"]);
});

test("a live read brings labels and shared credentials up to now, also of a namespace that no watch has told of", async (t) => {
  const bed = await start(t);
  await until(() => bed.server.openWatches === 6 && isFollowed(bed, "a") === true);
  bed.server.isStalled = true;
  addNamespace(bed, "born", { team: "shop" });
  assert.deepEqual([bed.names("born"), isFollowed(bed, "born"), isFollowed(bed, "a")], [[], false, true]);
  const { result, view } = await bed.readLive("born");
  assert.deepEqual([result, ...view.keyring.credentials.keys()], ["fresh", "hub"]);
  assert.equal(isFollowed(bed, "born"), true);
  bed.server.store.put("secrets", { namespace: "shared", name: "late" }, sharedSecret("team=shop"));
  assert.deepEqual([...(await bed.readLive("a")).view.keyring.credentials.keys()].sort(), ["hub", "late"]);
  bed.server.store.put("namespaces", { namespace: "", name: "a" }, {});
  assert.deepEqual([...(await bed.readLive("a")).view.keyring.credentials.keys()], []);
});

test("of chosen namespaces each has a watch of its own name, and no other is read", async (t) => {
  const bed = await start(t, { namespaces: ["a"] });
  assert.deepEqual(bed.names("a"), ["hub"]);
  const asked = bed.server.requests.filter(({ resource }) => resource === "namespaces");
  assert.ok(asked.length > 0);
  assert.deepEqual([...new Set(asked.map(({ query }) => query.get("fieldSelector")))], ["metadata.name=a"]);
  bed.server.requests.length = 0;
  assert.equal((await bed.readLive("other")).result, "not-served");
  assert.deepEqual(bed.server.requests, []);
});

test("without a shared namespace nothing is asked of namespaces", async (t) => {
  const bed = await makeTestbed(t);
  addNamespace(bed, "a", {});
  await bed.ready();
  await bed.readLive("a");
  assert.deepEqual(
    bed.server.requests.filter(({ resource }) => resource === "namespaces"),
    [],
  );
});
