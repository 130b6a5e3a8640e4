/** What outsiders do to Secret and caBundle, and how replicas put it right, over objects in memory with real certificates. */
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { makeLocalCertificate } from "../../../src/certificates/issue.ts";
import { DAY_MS, Scene, START_MS, servedBy } from "./scene.ts";

const foreign = await makeLocalCertificate(START_MS);

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

describe("the Secret", () => {
  const garbage: readonly (readonly [string, (data: Readonly<Record<string, string>>) => Record<string, string>])[] = [
    ["ca.key is missing", (data) => ({ "ca.crt": data["ca.crt"] ?? "" })],
    ["ca.key is empty", (data) => ({ ...data, "ca.key": "" })],
    ["ca.key is of another certificate", (data) => ({ ...data, "ca.key": foreign.key })],
    ["ca.crt is garbage", (data) => ({ ...data, "ca.crt": "garbage" })],
    ["ca.crt is cut in the middle", (data) => ({ ...data, "ca.crt": (data["ca.crt"] ?? "").slice(0, 200) })],
    ["all is of another format", () => ({ "tls.crt": "-----BEGIN", "tls.key": "\0", "ca.crt": "{}", "ca.key": "[]" })],
  ];
  for (const [what, garble] of garbage) {
    test(`where ${what} gets back what a replica knows, and stops no new one`, async () => {
      const old = await scene.started();
      const [before, serving] = [scene.cluster.secret?.data ?? {}, servedBy(old)];
      const garbled = garble(before);
      scene.cluster.setSecret(garbled);
      await old.reconcile();
      assert.deepEqual(scene.cluster.secret?.data, { ...garbled, ...before });
      assert.equal(servedBy(old), serving);
      scene.cluster.setSecret(garbled);
      const fresh = await scene.started();
      await scene.follow([old, fresh], 3);
      assert.ok(scene.signerOf(fresh));
    });
  }

  test("that was deleted, or restored from an old backup, gets back what the replicas know", async () => {
    const replica = await scene.started();
    const backup = scene.cluster.secret?.data ?? {};
    scene.clock.pass(41 * DAY_MS);
    await scene.follow([replica], 5);
    const [current, serving] = [scene.cluster.secret?.data, servedBy(replica)];
    for (const found of [{}, backup]) {
      scene.cluster.setSecret(undefined);
      await replica.reconcile();
      assert.equal(replica.notReady(), undefined);
      scene.cluster.setSecret(found);
      await replica.reconcile();
      assert.deepEqual(scene.cluster.secret?.data, current);
      assert.equal(servedBy(replica), serving);
    }
  });
});

describe("the caBundle", () => {
  const changes: readonly (readonly [string, (pem: string) => readonly string[]])[] = [
    ["emptied", () => [""]],
    ["garbled", () => ["garbage"]],
    ["cut in the middle", (pem) => [pem.slice(0, 300)]],
    ["appended to", (pem) => [`${pem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`]],
    ["given a certificate of somebody else", (pem) => [pem + foreign.cert]],
    ["emptied in one of two entries", (pem) => [pem, ""]],
  ];
  for (const [what, change] of changes) {
    test(`that was ${what} is written again, and the leaf stays`, async () => {
      const replica = await scene.started();
      const [serving, before] = [servedBy(replica), scene.applied()];
      scene.cluster.setBundle(...change(before));
      await replica.reconcile();
      assert.deepEqual(new Set(scene.cluster.bundle?.pems), new Set([before]));
      assert.equal(servedBy(replica), serving);
    });
  }

  test("that was emptied is filled from memory while the Secret is missing and our own clock is years behind", async () => {
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
