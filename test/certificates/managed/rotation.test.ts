/** Renewal and clocks over objects in memory, with real certificates. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { beforeEach, describe, test } from "node:test";
import { ManagedScene, servedBy } from "./managed-scene.ts";
import { DAY_MS, fingerprints, issuerIn, pass, START_MS } from "./test-replica.ts";

let scene: ManagedScene;
beforeEach(() => {
  scene = new ManagedScene();
});

describe("rotation", () => {
  test("renews the leaf at two thirds of its life and not before", async () => {
    const replica = await scene.started();
    const first = servedBy(replica);
    await scene.follow([replica], 1);
    pass(scene.clock, 6 * DAY_MS - 120_000);
    await replica.reconcile();
    assert.equal(servedBy(replica), first);
    pass(scene.clock, 120_000);
    await replica.reconcile();
    assert.notEqual(servedBy(replica), first);
    assert.equal(servedBy(replica), scene.stored("tls.crt"));
    assert.equal(fingerprints(scene.applied()).length, 1);
  });

  test("trusts the next authority before its first leaf is served, and the old one until its end", async () => {
    const replicas = [await scene.started(), await scene.started()];
    const old = fingerprints(scene.applied())[0] ?? "";
    await scene.follow(replicas, 2);
    pass(scene.clock, 40 * DAY_MS + 1_000);
    // The leaf has long ended: one by the old authority follows at once, as it is the one that is trusted.
    await scene.follow(replicas, 1);
    assert.deepEqual(fingerprints(scene.applied()).includes(old), true);
    assert.equal(fingerprints(scene.applied()).length, 2);
    assert.deepEqual(
      replicas.map((replica) => issuerIn(scene.applied(), servedBy(replica))),
      [old, old],
    );
    await scene.follow(replicas, 3);
    const next = fingerprints(scene.applied())[0];
    assert.notEqual(next, old);
    assert.deepEqual(
      replicas.map((replica) => issuerIn(scene.applied(), servedBy(replica))),
      [next, next],
    );
    assert.equal(fingerprints(scene.applied()).length, 2);
    pass(scene.clock, 20 * DAY_MS - 480_000);
    await scene.follow(replicas, 1);
    assert.deepEqual(fingerprints(scene.applied()), [next, old]);
    await scene.follow(replicas, 3);
    assert.deepEqual(fingerprints(scene.applied()), [next]);
  });

  test("goes by the API server's time when our own clock jumps either way", async () => {
    const server = { nowMs: START_MS };
    scene.cluster.serverTimeMs = () => server.nowMs;
    const replica = await scene.started();
    const first = servedBy(replica);
    for (const jump of [-3650, 3650, 20_000].map((days) => days * DAY_MS)) {
      scene.clock.nowMs = START_MS + jump;
      await replica.reconcile();
      await scene.started();
    }
    assert.equal(servedBy(replica), first);
    assert.equal(scene.stored("tls.crt"), first);
    assert.equal(scene.cluster.secretWrites, 1);
    server.nowMs += 7 * DAY_MS;
    scene.clock.elapsedMs += 7 * DAY_MS;
    await replica.reconcile();
    assert.notEqual(servedBy(replica), first);
  });

  test("works again as soon as the API server's own clock, years ahead, is right again", async () => {
    const server = { nowMs: START_MS };
    scene.cluster.serverTimeMs = () => server.nowMs;
    const replica = await scene.started();
    for (const nowMs of [START_MS + 20 * 365 * DAY_MS, START_MS]) {
      server.nowMs = nowMs;
      await replica.reconcile();
      assert.notEqual(issuerIn(scene.applied(), servedBy(replica)), undefined);
      const { validFrom, validTo } = new X509Certificate(servedBy(replica));
      assert.ok(Date.parse(validFrom) <= nowMs && nowMs < Date.parse(validTo), `${validFrom} ${validTo}`);
    }
  });

  test("takes over at once what others renewed while the machine was suspended", async () => {
    const [awake, suspended] = [await scene.started(), await scene.started()];
    for (let day = 0; day < 100; day += 1) {
      pass(scene.clock, DAY_MS);
      await awake.reconcile();
    }
    await suspended.reconcile();
    assert.equal(servedBy(suspended), servedBy(awake));
    assert.equal(servedBy(suspended), scene.stored("tls.crt"));
  });
});
