/** Renewal and clocks over objects in memory, with real certificates. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { beforeEach, describe, test } from "node:test";
import { DAY_MS, Scene, START_MS, servedBy } from "./scene.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

describe("rotation", () => {
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
});
