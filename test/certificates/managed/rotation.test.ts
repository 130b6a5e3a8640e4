/** Renewal and clocks over objects in memory, with real certificates. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { beforeEach, describe, test } from "node:test";
import { DAY_MS, fingerprints, Scene, START_MS, servedBy } from "./scene.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

describe("rotation", () => {
  test("renews the leaf at two thirds of its life and not before, and writes nothing for it", async () => {
    const replica = await scene.started();
    const first = servedBy(replica);
    scene.clock.pass(6 * DAY_MS);
    await replica.reconcile();
    assert.equal(servedBy(replica), first);
    scene.clock.pass(1_000);
    await replica.reconcile();
    assert.notEqual(servedBy(replica), first);
    assert.deepEqual([scene.signerOf(replica)], fingerprints(scene.applied()));
    assert.deepEqual([scene.cluster.secretWrites, scene.cluster.bundleWrites], [1, 1]);
  });

  test("trusts the next CA for the overlap before it signs, and the old one until its end", async () => {
    const replicas = [await scene.started(), await scene.started()];
    const signers = () => replicas.map((replica) => scene.signerOf(replica));
    const [old] = fingerprints(scene.applied());
    scene.clock.pass(40 * DAY_MS + 1_000);
    await scene.follow(replicas, 1);
    const [next] = fingerprints(scene.applied());
    assert.deepEqual(fingerprints(scene.applied()), [next, old]);
    assert.deepEqual(signers(), [old, old]);
    // One that starts meanwhile cannot know how long the next CA has been there.
    const started = await scene.started();
    assert.equal(scene.signerOf(started), old);
    replicas.push(started);
    await scene.follow(replicas, 2);
    assert.deepEqual(signers(), [next, next, next]);
    scene.clock.pass(20 * DAY_MS - 300_000);
    await scene.follow(replicas, 1);
    assert.deepEqual(fingerprints(scene.applied()), [next, old]);
    await scene.follow(replicas, 2);
    assert.deepEqual(fingerprints(scene.applied()), [next]);
    assert.deepEqual(signers(), [next, next, next]);
  });

  test("gives no leaf a longer life than its CA", async () => {
    const stuck = await scene.started();
    scene.clock.pass(59 * DAY_MS);
    scene.cluster.setSecret(undefined);
    await stuck.reconcile();
    assert.equal(stuck.current()?.expiresAtMs, START_MS + 60 * DAY_MS);
  });

  test("goes by the API server's time when our own clock jumps either way", async () => {
    let serverNowMs = START_MS;
    scene.cluster.serverTimeMs = () => serverNowMs;
    const replica = await scene.started();
    const first = servedBy(replica);
    for (const days of [-3650, 3650, 20_000]) {
      scene.clock.nowMs = START_MS + days * DAY_MS;
      await replica.reconcile();
      await scene.started();
    }
    assert.equal(servedBy(replica), first);
    assert.equal(scene.cluster.secretWrites, 1);
    serverNowMs += 7 * DAY_MS;
    await replica.reconcile();
    assert.notEqual(servedBy(replica), first);
  });

  test("works again as soon as the API server's own clock, years ahead, is right again", async () => {
    const replica = await scene.started();
    for (const nowMs of [START_MS + 20 * 365 * DAY_MS, START_MS]) {
      scene.cluster.serverTimeMs = () => nowMs;
      await replica.reconcile();
      assert.notEqual(scene.signerOf(replica), undefined);
      const { validFrom, validTo } = new X509Certificate(servedBy(replica));
      assert.ok(Date.parse(validFrom) <= nowMs && nowMs < Date.parse(validTo), `${validFrom} ${validTo}`);
    }
  });

  test("of a CA that others did while the machine was suspended is taken over at once", async () => {
    const [awake, suspended] = [await scene.started(), await scene.started()];
    for (let day = 0; day < 100; day += 1) {
      scene.clock.pass(DAY_MS);
      await awake.reconcile();
    }
    await suspended.reconcile();
    assert.notEqual(scene.signerOf(suspended), undefined);
    assert.ok((suspended.current()?.expiresAtMs ?? 0) > scene.clock.nowMs);
    await scene.follow([suspended], 1);
    assert.equal(scene.signerOf(suspended), fingerprints(scene.applied())[0]);
  });
});
