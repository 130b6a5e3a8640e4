/** What outsiders do to Secret and caBundle, and how replicas put it right, over objects in memory with real certificates. */
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { ManagedScene, servedBy } from "./managed-scene.ts";
import { MemoryCluster } from "./memory-cluster.ts";
import { DAY_MS, fingerprints, issuerIn, makeReplica, pass, START_MS } from "./test-replica.ts";

let scene: ManagedScene;
beforeEach(() => {
  scene = new ManagedScene();
});

describe("healing", () => {
  test("a Secret that was deleted and applied again gets its content back, the authority's key included", async () => {
    const replica = await scene.started();
    const before = scene.cluster.secret?.data;
    scene.cluster.setSecret(undefined);
    await replica.reconcile();
    assert.equal(servedBy(replica), before?.["tls.crt"]);
    assert.equal(replica.notReadyReason(), undefined);
    scene.cluster.setSecret({});
    await replica.reconcile();
    assert.deepEqual(scene.cluster.secret?.data, before);
    assert.equal(scene.cluster.bundleWrites, 1);
  });

  const garbage: readonly (readonly [
    string,
    (data: Readonly<Record<string, string>>) => Record<string, string>,
  ])[] = [
    ["tls.crt is garbage", (data) => ({ ...data, "tls.crt": "garbage" })],
    ["tls.key is empty", (data) => ({ ...data, "tls.key": "" })],
    ["tls.key is the authority's", (data) => ({ ...data, "tls.key": data["ca.key"] ?? "" })],
    ["tls.crt is the authority's", (data) => ({ ...data, "tls.crt": data["ca.crt"] ?? "" })],
    ["ca.key is missing", (data) => ({ ...data, "ca.key": "" })],
    ["ca.key is the leaf's", (data) => ({ ...data, "ca.key": data["tls.key"] ?? "" })],
    ["ca.crt is cut in the middle", (data) => ({ ...data, "ca.crt": (data["ca.crt"] ?? "").slice(0, 200) })],
    ["only tls.crt is left", (data) => ({ "tls.crt": data["tls.crt"] ?? "" })],
  ];
  for (const [fault, garble] of garbage) {
    test(`a Secret where ${fault} gets back what the replicas serve`, async () => {
      const replica = await scene.started();
      const before = scene.cluster.secret?.data ?? {};
      scene.cluster.setSecret(garble(before));
      await replica.reconcile();
      assert.deepEqual(scene.cluster.secret?.data, before);
      assert.equal(servedBy(replica), before["tls.crt"]);
    });

    test(`a Secret where ${fault} becomes whole again by a replica that knows nothing else`, async () => {
      const old = await scene.started();
      const trusted = fingerprints(scene.applied())[0] ?? "";
      scene.cluster.setSecret(garble(scene.cluster.secret?.data ?? {}));
      const fresh = await scene.started();
      assert.notEqual(issuerIn(scene.applied(), servedBy(fresh)), undefined);
      assert.equal(fingerprints(scene.applied()).includes(trusted), true);
      await scene.follow([old, fresh], 4);
      assert.equal(servedBy(old), scene.stored("tls.crt"));
      assert.equal(servedBy(fresh), scene.stored("tls.crt"));
      assert.equal(fingerprints(scene.applied()).includes(trusted), true);
    });
  }

  test("an old backup with an authority of the past is replaced by what the replicas remember", async () => {
    const replica = await scene.started();
    const backup = scene.cluster.secret?.data ?? {};
    pass(scene.clock, 41 * DAY_MS);
    await scene.follow([replica], 5);
    const current = scene.cluster.secret?.data;
    scene.cluster.setSecret(backup);
    await replica.reconcile();
    assert.deepEqual(scene.cluster.secret?.data, current);
    assert.equal(servedBy(replica), current?.["tls.crt"]);
  });

  test("an old backup found by fresh replicas alone does not break those that still serve what was lost", async () => {
    const old = await scene.started();
    const backup = scene.cluster.secret?.data ?? {};
    pass(scene.clock, 41 * DAY_MS);
    await scene.follow([old], 5);
    const serving = issuerIn(scene.applied(), servedBy(old));
    scene.cluster.setSecret(backup);
    const fresh = makeReplica({ cluster: scene.cluster, clock: scene.clock });
    for (let minute = 0; minute < 5; minute += 1) {
      pass(scene.clock, 60_000);
      await fresh.reconcile();
      assert.equal(issuerIn(scene.applied(), servedBy(old)), serving);
      assert.notEqual(issuerIn(scene.applied(), servedBy(fresh)), undefined);
    }
    await scene.follow([old, fresh], 5);
    assert.equal(servedBy(old), servedBy(fresh));
  });

  test("an authority that a backup brought back stays trusted, also by those who know its successor", async () => {
    const old = await scene.started();
    const backup = scene.cluster.secret?.data ?? {};
    scene.cluster.setSecret({ ...backup, "ca.key": "garbage" });
    const heir = await scene.started();
    await scene.follow([old, heir], 5);
    pass(scene.clock, 10 * DAY_MS);
    await scene.follow([old, heir], 5);
    scene.cluster.setSecret(backup);
    scene.cluster.setBundle("");
    const fresh = await scene.started();
    assert.notEqual(issuerIn(scene.applied(), servedBy(fresh)), issuerIn(scene.applied(), servedBy(heir)));
    for (let minute = 0; minute < 5; minute += 1) {
      for (const replica of [heir, old, fresh]) {
        await replica.reconcile();
        assert.notEqual(issuerIn(scene.applied(), servedBy(fresh)), undefined);
      }
      pass(scene.clock, 60_000);
    }
    assert.equal(servedBy(fresh), servedBy(heir));
  });

  const bundles: readonly (readonly [string, (pem: string) => string])[] = [
    ["emptied", () => ""],
    ["garbled", () => "garbage"],
    ["cut in the middle", (pem) => pem.slice(0, 300)],
    ["appended to", (pem) => `${pem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`],
  ];
  for (const [what, change] of bundles) {
    test(`a caBundle that was ${what} is written again, and the leaf stays`, async () => {
      const replica = await scene.started();
      const [serving, before] = [servedBy(replica), scene.applied()];
      scene.cluster.setBundle(change(before));
      await replica.reconcile();
      assert.equal(scene.applied(), before);
      assert.equal(servedBy(replica), serving);
    });
  }

  test("when Secret and caBundle are emptied while no replica runs, nothing of before is trusted", async () => {
    await scene.started();
    const [before] = fingerprints(scene.applied());
    scene.cluster.setSecret({});
    scene.cluster.setBundle("");
    const replica = await scene.started();
    assert.equal(fingerprints(scene.applied()).length, 1);
    assert.notEqual(fingerprints(scene.applied())[0], before);
    assert.notEqual(issuerIn(scene.applied(), servedBy(replica)), undefined);
  });

  test("a certificate of somebody else does not stay in the caBundle", async () => {
    const replica = await scene.started();
    const before = scene.applied();
    const other = new MemoryCluster();
    await makeReplica({ cluster: other, clock: scene.clock }).reconcile();
    // A leaf: whatever is no authority of ours.
    scene.cluster.setBundle(before + (other.secret?.data["tls.crt"] ?? ""));
    await replica.reconcile();
    assert.equal(scene.applied(), before);
  });

  test("every entry of the configuration gets the caBundle, and one that lacks it is not enough", async () => {
    const replica = await scene.started();
    const before = scene.applied();
    scene.cluster.setBundle(before, "");
    await replica.reconcile();
    assert.deepEqual(scene.cluster.bundle?.pems, [before, before]);
  });

  test("a caBundle is healed from memory while the Secret is missing", async () => {
    const replica = await scene.started();
    const before = scene.applied();
    scene.cluster.setSecret(undefined);
    scene.cluster.setBundle("");
    await replica.reconcile();
    assert.equal(scene.applied(), before);
  });

  test("the same goes by the API server's time when our own clock is years behind", async () => {
    scene.cluster.serverTimeMs = () => START_MS;
    const replica = await scene.started();
    const before = scene.applied();
    scene.cluster.setSecret(undefined);
    scene.cluster.setBundle("");
    scene.clock.nowMs -= 3650 * DAY_MS;
    await replica.reconcile();
    assert.equal(scene.applied(), before);
  });
});
