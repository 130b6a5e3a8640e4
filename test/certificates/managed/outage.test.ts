/** An API server that does not answer, and what of all that comes into the log. */
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { ManagedScene, servedBy } from "./managed-scene.ts";
import { makeReplica, memoryLog } from "./test-replica.ts";

let scene: ManagedScene;
beforeEach(() => {
  scene = new ManagedScene();
});

describe("trouble with the API server", () => {
  test("leaves what is served as it is, and is told once in the log, without the error's text", async () => {
    const { logger, text } = memoryLog();
    const replica = makeReplica({ cluster: scene.cluster, clock: scene.clock, logger });
    await replica.reconcile();
    const serving = servedBy(replica);
    scene.cluster.outage = new Error("socket hang up: token abc");
    await replica.reconcile();
    await replica.reconcile();
    scene.cluster.outage = undefined;
    await replica.reconcile();
    assert.equal(servedBy(replica), serving);
    assert.equal(replica.notReadyReason(), undefined);
    assert.equal(text().match(/Left the certificates as they were/g)?.length, 1);
    assert.equal(text().match(/Resumed keeping the certificates/g)?.length, 1);
    assert.equal(text().includes("token abc"), false);
  });

  test("to watch is told once in the log and for as long as it lasts by a note, and hinders nothing", async () => {
    const { logger, text } = memoryLog();
    const replica = makeReplica({ cluster: scene.cluster, clock: scene.clock, logger });
    scene.cluster.watchProblem = "missing right: watch MutatingWebhookConfiguration pullring";
    await replica.reconcile();
    await replica.reconcile();
    assert.equal(replica.notReadyReason(), undefined);
    assert.equal(replica.problem(), scene.cluster.watchProblem);
    assert.equal(text().match(/missing right: watch/g)?.length, 1);
    scene.cluster.watchProblem = undefined;
    await replica.reconcile();
    assert.equal(replica.problem(), undefined);
  });

  test("brings no key and no certificate into the log", async () => {
    const { logger, text } = memoryLog();
    const replica = makeReplica({ cluster: scene.cluster, clock: scene.clock, logger });
    await replica.reconcile();
    scene.cluster.setSecret({ ...scene.cluster.secret?.data, "tls.key": "secret garbage" });
    await replica.reconcile();
    assert.equal(text().includes("Wrote the certificate Secret"), true);
    const pieces = Object.values(scene.cluster.secret?.data ?? {}).flatMap((pem) =>
      pem.split("\n").slice(1, 2),
    );
    assert.equal(pieces.length, 4);
    for (const piece of [...pieces, "secret garbage", "BEGIN"]) {
      assert.equal(text().includes(piece), false);
    }
  });
});
