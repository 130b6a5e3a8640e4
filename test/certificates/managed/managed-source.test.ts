/** The source `managed` over objects in memory, with real certificates and a clock that the test moves. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { beforeEach, describe, test } from "node:test";
import { serviceNames } from "../../../src/certificates/managed/managed-source.ts";
import { ApiServerError } from "../../../src/cluster/api/api-server-error.ts";
import { waitUntil } from "../../wait-until.ts";
import { fingerprints, NAMES, POLICY, Scene, START_MS, servedBy } from "./scene.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

describe("the first start", () => {
  test("fills Secret and caBundle with a CA and is ready with a leaf of it that names the Service", async () => {
    const replica = scene.replica();
    assert.equal(replica.notReady(), "no certificate yet");
    assert.equal(replica.current(), undefined);
    await replica.reconcile();
    assert.equal(replica.notReady(), undefined);
    assert.equal(scene.applied(), scene.stored("ca.crt"));
    assert.deepEqual([scene.signerOf(replica)], fingerprints(scene.applied()));
    assert.deepEqual(namesOf(servedBy(replica), NAMES), NAMES);
    const { cert = "", key = "", expiresAtMs } = replica.current() ?? {};
    assert.equal(expiresAtMs, START_MS + POLICY.leafValidityMs);
    assert.deepEqual(Object.keys(scene.cluster.secret?.data ?? {}).sort(), ["ca.crt", "ca.key"]);
    assert.ok(
      ![cert, key].some((pem) => JSON.stringify(scene.cluster.secret).includes(JSON.stringify(pem).slice(1, -1))),
    );
  });

  test("uses P-256 and SHA-256, for a CA that signs only leaves and a leaf that signs nothing", async () => {
    const replica = await scene.started();
    // ecdsa-with-SHA256, 1.2.840.10045.4.3.2
    const sha256 = Buffer.from("06082a8648ce3d040302", "hex");
    for (const [pem, isCa] of [
      [scene.stored("ca.crt"), true],
      [servedBy(replica), false],
    ] as const) {
      const { raw, publicKey, ca } = new X509Certificate(pem);
      const shape = [raw.includes(sha256), publicKey.asymmetricKeyDetails?.namedCurve, ca];
      assert.deepEqual(shape, [true, "prime256v1", isCa]);
    }
  });

  test("without the Secret says what to do, and goes on when it is there", async () => {
    scene.cluster.setSecret(undefined);
    const replica = await scene.started();
    assert.equal(replica.notReady(), "Secret pullring/pullring-tls is missing: apply the manifests again");
    assert.equal(replica.current(), undefined);
    scene.cluster.setSecret({});
    await replica.reconcile();
    assert.equal(replica.notReady(), undefined);
  });

  test("is ready without a webhook configuration, and fills it when it appears, if that is ours to write", async () => {
    scene.cluster.bundle = undefined;
    const replicas = [await scene.started({ caBundle: undefined }), await scene.started()];
    scene.cluster.setBundle("");
    for (const [index, replica] of replicas.entries()) {
      assert.equal(replica.notReady(), undefined);
      await replica.reconcile();
      assert.equal(scene.applied(), index === 0 ? "" : scene.stored("ca.crt"));
    }
  });

  test("is not ready before the caBundle is applied, says why, and serves nothing that is not trusted", async () => {
    const reason = "missing right: update MutatingWebhookConfiguration pullring";
    scene.cluster.bundleRefusal = new ApiServerError(reason);
    const replica = await scene.started();
    assert.equal(replica.notReady(), reason);
    assert.equal(replica.current(), undefined);
    scene.cluster.bundleRefusal = undefined;
    await replica.reconcile();
    assert.equal(replica.notReady(), undefined);
  });
});

describe("a replica", () => {
  test("writes nothing when all is as it should be, and keeps what others wrote", async () => {
    scene.cluster.setSecret({ note: "keep me" });
    const replica = await scene.started();
    scene.cluster.setBundle(scene.applied());
    await replica.reconcile();
    await scene.started();
    assert.deepEqual([scene.cluster.secretWrites, scene.cluster.bundleWrites], [1, 1]);
    assert.equal(scene.cluster.secret?.data.note, "keep me");
  });

  test("that is started for another Service serves a leaf that names it, by the same CA", async () => {
    await scene.started();
    const names = serviceNames("other", "elsewhere");
    const replica = await scene.started({ dnsNames: names });
    assert.deepEqual(namesOf(servedBy(replica), [...names, ...NAMES]), names);
    assert.deepEqual([scene.signerOf(replica)], fingerprints(scene.applied()));
  });

  // The clock of these tests ends no delay: only a change or the end of the replica does.
  test("is woken by a change of the webhook configuration, and ended by its signal", { timeout: 20_000 }, async () => {
    const ended = new AbortController();
    const replica = scene.replica();
    const running = replica.run(ended.signal);
    await waitUntil("a certificate", () => replica.notReady() === undefined);
    const before = scene.applied();
    scene.cluster.setBundle("");
    await waitUntil("the caBundle", () => scene.applied() === before, { timeoutMs: 5_000 });
    ended.abort();
    await running;
  });
});

function namesOf(pem: string, names: readonly string[]): readonly string[] {
  const leaf = new X509Certificate(pem);
  return names.filter((name) => leaf.checkHost(name, { subject: "never" }) !== undefined);
}
