/** An API server that does not answer, and what of all that comes into the log. */
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { ManagedCertificates } from "../../../src/certificates/managed/managed-source.ts";
import { collectLog } from "../../server/running-server.ts";
import { DAY_MS, Scene, START_MS, servedBy } from "./scene.ts";

let scene: Scene;
let replica: ManagedCertificates;
let text: () => string;
beforeEach(async () => {
  scene = new Scene();
  const { logger, log } = collectLog("trace");
  text = log;
  replica = await scene.started({ logger });
});
const count = (pattern: RegExp) => text().match(pattern)?.length;

describe("trouble with the API server", () => {
  test("leaves a replica ready with what it serves, and is logged once, without the error's text", async () => {
    const serving = servedBy(replica);
    scene.cluster.outage = new Error("socket hang up: token abc");
    await replica.reconcile();
    await replica.reconcile();
    assert.equal(replica.notReady(), undefined);
    assert.equal(replica.problem(), "the API server could not be asked");
    assert.equal(servedBy(replica), serving);
    scene.cluster.outage = undefined;
    await replica.reconcile();
    assert.deepEqual([replica.notReady(), replica.problem()], [undefined, undefined]);
    assert.equal(count(/Could not keep the certificates as they should be/g), 1);
    assert.equal(count(/Resumed keeping the certificates/g), 1);
    assert.equal(text().includes("token abc"), false);
  });

  test("stops no renewal of the leaf by its CA, whatever our own clock shows", async () => {
    const [serving, signer] = [servedBy(replica), scene.signerOf(replica)];
    scene.cluster.outage = new Error("socket hang up");
    scene.clock.pass(6 * DAY_MS);
    scene.clock.nowMs += 3650 * DAY_MS;
    await replica.reconcile();
    assert.equal(servedBy(replica), serving);
    scene.clock.elapsedMs += 1_000;
    await replica.reconcile();
    assert.notEqual(servedBy(replica), serving);
    assert.equal(scene.signerOf(replica), signer);
    assert.equal(replica.current()?.expiresAtMs, START_MS + 15 * DAY_MS + 1_000);
  });

  test("to watch is logged once and a problem for as long as it lasts, and hinders nothing", async () => {
    for (const problem of ["missing right: watch it", "missing right: watch it", undefined]) {
      scene.cluster.watchProblem = problem;
      await replica.reconcile();
      assert.deepEqual([replica.notReady(), replica.problem()], [undefined, problem]);
    }
    assert.equal(count(/missing right: watch/g), 1);
  });

  test("brings no key and no certificate into the log", async () => {
    const stored = scene.cluster.secret?.data ?? {};
    scene.cluster.setSecret({ ...stored, "ca.key": "secret garbage" });
    await replica.reconcile();
    assert.equal(count(/Wrote the certificate Secret/g), 2);
    const { cert = "", key = "" } = replica.current() ?? {};
    const lines = [...Object.values(stored), cert, key].map((pem) => pem.split("\n")[1] ?? "");
    assert.equal(lines.filter((line) => line.length > 40).length, 4);
    for (const piece of [...lines, "secret garbage", "BEGIN"]) assert.equal(text().includes(piece), false);
  });
});
