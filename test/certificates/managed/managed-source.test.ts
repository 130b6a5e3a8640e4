/** The source `managed` over objects in memory, with real certificates and a clock that the test moves. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { beforeEach, describe, test } from "node:test";
import { makeLocalCertificate } from "../../../src/certificates/issue.ts";
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
    assert.equal(replica.current()?.expiresAtMs, START_MS + POLICY.leafValidityMs);
  });

  test("uses P-256 and SHA-256, for a CA that signs only leaves and a leaf that signs nothing", async () => {
    const replica = await scene.started();
    const both = [scene.stored("ca.crt"), servedBy(replica)].map((pem) => new X509Certificate(pem));
    // ecdsa-with-SHA256, 1.2.840.10045.4.3.2
    const sha256 = Buffer.from("06082a8648ce3d040302", "hex");
    assert.deepEqual(
      both.map(({ raw, publicKey, ca }) => [raw.includes(sha256), publicKey.asymmetricKeyDetails?.namedCurve, ca]),
      [
        [true, "prime256v1", true],
        [true, "prime256v1", false],
      ],
    );
  });

  for (const count of [2, 3]) {
    test(`of ${count} replicas at the same instant gives one CA and each a leaf of its own`, async () => {
      const replicas = Array.from({ length: count }, () => scene.replica());
      await Promise.all(replicas.map((replica) => replica.reconcile()));
      const [ca] = fingerprints(scene.stored("ca.crt"));
      assert.deepEqual(
        replicas.map((replica) => scene.signerOf(replica)),
        replicas.map(() => ca),
      );
      assert.equal(new Set(replicas.map(servedBy)).size, count);
      assert.deepEqual([scene.cluster.secretWrites, scene.cluster.bundleWrites], [1, 1]);
    });
  }

  test("keeps the leaf and its key out of the Secret", async () => {
    const replica = await scene.started();
    const { data = {} } = scene.cluster.secret ?? {};
    assert.deepEqual(Object.keys(data).sort(), ["ca.crt", "ca.key"]);
    const secrets = Object.values(data).join("");
    const { cert, key } = replica.current() ?? { cert: "", key: "" };
    assert.ok(cert !== "" && !secrets.includes(cert) && !secrets.includes(key));
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

  test("is ready without a webhook configuration, and fills it when it appears", async () => {
    scene.cluster.bundle = undefined;
    const replica = await scene.started();
    assert.equal(replica.notReady(), undefined);
    scene.cluster.setBundle("");
    await replica.reconcile();
    assert.equal(scene.applied(), scene.stored("ca.crt"));
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

  test("is ready and writes no caBundle when that is not ours to write", async () => {
    const replica = await scene.started({ caBundle: undefined });
    assert.equal(replica.notReady(), undefined);
    assert.equal(scene.applied(), "");
  });

  test("beside the CA of somebody else waits for the overlap, and trusts that one for the life of a leaf", async () => {
    const { caCert: foreign } = await makeLocalCertificate(START_MS);
    const [name = ""] = fingerprints(foreign);
    scene.cluster.setBundle(foreign);
    const replica = await scene.started();
    assert.equal(replica.notReady(), "no certificate yet");
    await scene.follow([replica], 1);
    assert.equal(replica.notReady(), undefined);
    assert.equal(fingerprints(scene.applied()).includes(name), true);
    scene.clock.pass(POLICY.leafValidityMs + 1_000);
    await replica.reconcile();
    assert.equal(fingerprints(scene.applied()).includes(name), false);
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
  test("is woken by a change of the webhook configuration", { timeout: 20_000 }, async (context) => {
    const ended = new AbortController();
    context.after(() => ended.abort());
    const replica = scene.replica();
    void replica.run(ended.signal);
    await waitUntil("a certificate", () => replica.notReady() === undefined);
    const before = scene.applied();
    scene.cluster.setBundle("");
    await waitUntil("the caBundle", () => scene.applied() === before, { timeoutMs: 5_000 });
  });

  test("ends with its signal, without waiting for the next poll", { timeout: 20_000 }, async () => {
    const ended = new AbortController();
    const replica = scene.replica();
    const running = replica.run(ended.signal);
    await waitUntil("a certificate", () => replica.notReady() === undefined);
    ended.abort();
    await running;
  });
});

function namesOf(pem: string, names: readonly string[]): readonly string[] {
  const leaf = new X509Certificate(pem);
  return names.filter((name) => leaf.checkHost(name, { subject: "never" }) !== undefined);
}
