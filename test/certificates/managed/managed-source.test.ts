/** The source `managed` over objects in memory, with real certificates and clocks that the test moves. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { beforeEach, describe, test } from "node:test";
import { makeLocalCertificate } from "../../../src/certificates/issue.ts";
import { ApiServerError } from "../../../src/cluster/api/api-server-error.ts";
import { ManagedScene, servedBy } from "./managed-scene.ts";
import { fingerprints, issuerIn, makeReplica, NAMES, POLICY, pass, START_MS } from "./test-replica.ts";

let scene: ManagedScene;
beforeEach(() => {
  scene = new ManagedScene();
});

describe("the first start", () => {
  test("fills Secret and caBundle and is ready with a leaf that names the Service", async () => {
    const replica = makeReplica({ cluster: scene.cluster, clock: scene.clock });
    assert.equal(replica.notReadyReason(), "no certificate yet");
    assert.equal(replica.expiresAt(), undefined);
    await replica.reconcile();
    assert.equal(replica.notReadyReason(), undefined);
    assert.equal(servedBy(replica), scene.stored("tls.crt"));
    assert.equal(scene.applied(), scene.stored("ca.crt"));
    assert.notEqual(issuerIn(scene.applied(), servedBy(replica)), undefined);
    const leaf = new X509Certificate(servedBy(replica));
    assert.deepEqual(
      NAMES.map((name) => leaf.checkHost(name, { subject: "never" })),
      NAMES,
    );
    assert.equal(replica.expiresAt(), START_MS + POLICY.leafValidityMs);
  });

  test("uses P-256 and SHA-256, for an authority that signs only leaves and a leaf that signs nothing", async () => {
    await scene.started();
    const [ca, leaf] = [
      new X509Certificate(scene.stored("ca.crt")),
      new X509Certificate(scene.stored("tls.crt")),
    ];
    // ecdsa-with-SHA256, 1.2.840.10045.4.3.2
    const sha256 = Buffer.from("06082a8648ce3d040302", "hex");
    assert.deepEqual([ca.raw.includes(sha256), leaf.raw.includes(sha256)], [true, true]);
    assert.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
    assert.equal(ca.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
    assert.deepEqual([ca.ca, leaf.ca], [true, false]);
  });

  test("of three replicas at the same instant gives one authority and one leaf", async () => {
    const replicas = [1, 2, 3].map(() => makeReplica({ cluster: scene.cluster, clock: scene.clock }));
    await Promise.all(replicas.map((replica) => replica.reconcile()));
    await Promise.all(replicas.map((replica) => replica.reconcile()));
    assert.deepEqual(replicas.map(servedBy), [
      scene.stored("tls.crt"),
      scene.stored("tls.crt"),
      scene.stored("tls.crt"),
    ]);
    assert.equal(fingerprints(scene.stored("ca.crt")).length, 1);
    assert.deepEqual([scene.cluster.secretWrites, scene.cluster.bundleWrites], [1, 1]);
  });

  test("without the Secret says what to do, and goes on when it is there", async () => {
    scene.cluster.setSecret(undefined);
    const replica = await scene.started();
    assert.equal(
      replica.notReadyReason(),
      "Secret pullring/pullring-tls is missing: apply the manifests again",
    );
    assert.equal(replica.current(), undefined);
    scene.cluster.setSecret({});
    await replica.reconcile();
    assert.equal(replica.notReadyReason(), undefined);
  });

  test("is ready without a webhook configuration, and fills it when it appears", async () => {
    scene.cluster.bundle = undefined;
    const replica = await scene.started();
    assert.equal(replica.notReadyReason(), undefined);
    scene.cluster.setBundle("");
    await replica.reconcile();
    assert.equal(scene.applied(), scene.stored("ca.crt"));
  });

  test("is not ready before the caBundle is applied, says why, and serves nothing that is not trusted", async () => {
    const reason = "missing right: update MutatingWebhookConfiguration pullring";
    scene.cluster.bundleRefusal = new ApiServerError(reason);
    const replica = await scene.started();
    assert.equal(replica.notReadyReason(), reason);
    assert.equal(replica.current(), undefined);
    scene.cluster.bundleRefusal = undefined;
    await replica.reconcile();
    assert.equal(replica.notReadyReason(), undefined);
  });

  test("leaves the configuration alone when somebody edits something else in it", async () => {
    const replica = await scene.started();
    scene.cluster.setBundle(scene.applied());
    await replica.reconcile();
    assert.equal(scene.cluster.bundleWrites, 1);
  });

  test("is ready and writes no caBundle when that is not ours to apply", async () => {
    const replica = makeReplica({ cluster: scene.cluster, clock: scene.clock, appliesBundle: false });
    await replica.reconcile();
    assert.equal(replica.notReadyReason(), undefined);
    assert.equal(scene.applied(), "");
  });

  test("keeps trusting, for the life of a leaf, the authority that others left in the caBundle", async () => {
    const { caCert: foreign } = await makeLocalCertificate(START_MS);
    scene.cluster.setBundle(foreign);
    const replica = await scene.started();
    assert.equal(fingerprints(scene.applied()).includes(fingerprints(foreign)[0] ?? ""), true);
    pass(scene.clock, POLICY.leafValidityMs + POLICY.overlapMs + 1_000);
    await replica.reconcile();
    assert.equal(fingerprints(scene.applied()).includes(fingerprints(foreign)[0] ?? ""), false);
  });

  test("writes nothing when all is as it should be, and keeps keys of others in the Secret", async () => {
    scene.cluster.setSecret({ note: "keep me" });
    const replica = await scene.started();
    const writes = [scene.cluster.secretWrites, scene.cluster.bundleWrites];
    await replica.reconcile();
    await scene.started();
    assert.deepEqual([scene.cluster.secretWrites, scene.cluster.bundleWrites], writes);
    assert.equal(scene.stored("note"), "keep me");
  });
});
