/** The source `managed` over objects in memory, with real certificates and clocks that the test moves. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { beforeEach, describe, test } from "node:test";
import type { ManagedCertificates } from "../../../src/server/managed/managed-certificates.ts";
import { MemoryCluster } from "./memory-cluster.ts";
import {
  DAY_MS,
  fingerprints,
  issuerIn,
  makeReplica,
  memoryLog,
  NAMES,
  POLICY,
  pass,
  START_MS,
  type TestClock,
} from "./test-replica.ts";

let cluster: MemoryCluster;
let clock: TestClock;
beforeEach(() => {
  cluster = new MemoryCluster();
  clock = { nowMs: START_MS, elapsedMs: 0 };
});

async function started(): Promise<ManagedCertificates> {
  const replica = makeReplica({ cluster, clock });
  await replica.reconcile();
  return replica;
}
const servedBy = (replica: ManagedCertificates) => replica.current()?.cert ?? "none";
const stored = (key: string) => cluster.secret?.data[key] ?? "";
const applied = () => cluster.bundle?.pems.join("") ?? "";
/** A look each minute for as long as it takes. */
async function follow(replicas: readonly ManagedCertificates[], minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    pass(clock, 60_000);
    for (const replica of replicas) {
      await replica.reconcile();
    }
  }
}

describe("the first start", () => {
  test("fills Secret and caBundle and is ready with a leaf that names the Service", async () => {
    const replica = makeReplica({ cluster, clock });
    assert.equal(replica.notReadyReason(), "no certificate yet");
    assert.equal(replica.expiresAt(), undefined);
    await replica.reconcile();
    assert.equal(replica.notReadyReason(), undefined);
    assert.equal(servedBy(replica), stored("tls.crt"));
    assert.equal(applied(), stored("ca.crt"));
    assert.notEqual(issuerIn(applied(), servedBy(replica)), undefined);
    const leaf = new X509Certificate(servedBy(replica));
    assert.deepEqual(
      NAMES.map((name) => leaf.checkHost(name, { subject: "never" })),
      NAMES,
    );
    assert.equal(replica.expiresAt(), START_MS + POLICY.leafValidityMs);
  });

  test("uses P-256 and SHA-256, for an authority that signs only leaves and a leaf that signs nothing", async () => {
    await started();
    const [ca, leaf] = [new X509Certificate(stored("ca.crt")), new X509Certificate(stored("tls.crt"))];
    // ecdsa-with-SHA256, 1.2.840.10045.4.3.2
    const sha256 = Buffer.from("06082a8648ce3d040302", "hex");
    assert.deepEqual([ca.raw.includes(sha256), leaf.raw.includes(sha256)], [true, true]);
    assert.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
    assert.equal(ca.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
    assert.deepEqual([ca.ca, leaf.ca], [true, false]);
  });

  test("of three replicas at the same instant gives one authority and one leaf", async () => {
    const replicas = [1, 2, 3].map(() => makeReplica({ cluster, clock }));
    await Promise.all(replicas.map((replica) => replica.reconcile()));
    await Promise.all(replicas.map((replica) => replica.reconcile()));
    assert.deepEqual(replicas.map(servedBy), [stored("tls.crt"), stored("tls.crt"), stored("tls.crt")]);
    assert.equal(fingerprints(stored("ca.crt")).length, 1);
    assert.deepEqual([cluster.secretWrites, cluster.bundleWrites], [1, 1]);
  });

  test("without the Secret says what to do, and goes on when it is there", async () => {
    cluster.setSecret(undefined);
    const replica = await started();
    assert.equal(
      replica.notReadyReason(),
      "Secret pullring/pullring-tls is missing: apply the manifests again",
    );
    assert.equal(replica.current(), undefined);
    cluster.setSecret({});
    await replica.reconcile();
    assert.equal(replica.notReadyReason(), undefined);
  });

  test("is ready without a webhook configuration, and fills it when it appears", async () => {
    cluster.bundle = undefined;
    const replica = await started();
    assert.equal(replica.notReadyReason(), undefined);
    cluster.setBundle("");
    await replica.reconcile();
    assert.equal(applied(), stored("ca.crt"));
  });

  test("is ready and writes no caBundle when that is not ours to apply", async () => {
    const replica = makeReplica({ cluster, clock, appliesBundle: false });
    await replica.reconcile();
    assert.equal(replica.notReadyReason(), undefined);
    assert.equal(applied(), "");
  });

  test("keeps trusting, for the life of a leaf, the authority that others left in the caBundle", async () => {
    await started();
    const foreign = stored("ca.crt");
    cluster = new MemoryCluster();
    cluster.setBundle(foreign);
    const replica = await started();
    assert.equal(fingerprints(applied()).includes(fingerprints(foreign)[0] ?? ""), true);
    pass(clock, POLICY.leafValidityMs + POLICY.overlapMs + 1_000);
    await replica.reconcile();
    assert.equal(fingerprints(applied()).includes(fingerprints(foreign)[0] ?? ""), false);
  });

  test("writes nothing when all is as it should be, and keeps keys of others in the Secret", async () => {
    cluster.setSecret({ note: "keep me" });
    const replica = await started();
    const writes = [cluster.secretWrites, cluster.bundleWrites];
    await replica.reconcile();
    await started();
    assert.deepEqual([cluster.secretWrites, cluster.bundleWrites], writes);
    assert.equal(stored("note"), "keep me");
  });
});

describe("rotation", () => {
  test("renews the leaf at two thirds of its life and not before", async () => {
    const replica = await started();
    const first = servedBy(replica);
    await follow([replica], 1);
    pass(clock, 6 * DAY_MS - 120_000);
    await replica.reconcile();
    assert.equal(servedBy(replica), first);
    pass(clock, 120_000);
    await replica.reconcile();
    assert.notEqual(servedBy(replica), first);
    assert.equal(servedBy(replica), stored("tls.crt"));
    assert.equal(fingerprints(applied()).length, 1);
  });

  test("trusts the next authority before its first leaf is served, and the old one for a leaf's life", async () => {
    const replicas = [await started(), await started()];
    const old = fingerprints(applied())[0] ?? "";
    await follow(replicas, 2);
    pass(clock, 40 * DAY_MS + 1_000);
    // The leaf has long ended: one by the old authority follows at once, as it is the one that is trusted.
    await follow(replicas, 1);
    assert.deepEqual(fingerprints(applied()).includes(old), true);
    assert.equal(fingerprints(applied()).length, 2);
    assert.deepEqual(
      replicas.map((replica) => issuerIn(applied(), servedBy(replica))),
      [old, old],
    );
    await follow(replicas, 3);
    const next = fingerprints(applied())[0];
    assert.notEqual(next, old);
    assert.deepEqual(
      replicas.map((replica) => issuerIn(applied(), servedBy(replica))),
      [next, next],
    );
    assert.equal(fingerprints(applied()).length, 2);
    pass(clock, POLICY.leafValidityMs);
    await follow(replicas, 3);
    assert.deepEqual(fingerprints(applied()), [next]);
  });

  test("goes by the API server's time when our own clock jumps either way", async () => {
    const server = { nowMs: START_MS };
    cluster.serverTimeMs = () => server.nowMs;
    const replica = await started();
    const first = servedBy(replica);
    for (const jump of [-3650, 3650, 20_000].map((days) => days * DAY_MS)) {
      clock.nowMs = START_MS + jump;
      await replica.reconcile();
      await started();
    }
    assert.equal(servedBy(replica), first);
    assert.equal(stored("tls.crt"), first);
    assert.equal(cluster.secretWrites, 1);
    server.nowMs += 7 * DAY_MS;
    clock.elapsedMs += 7 * DAY_MS;
    await replica.reconcile();
    assert.notEqual(servedBy(replica), first);
  });

  test("takes over at once what others renewed while the machine was suspended", async () => {
    const [awake, suspended] = [await started(), await started()];
    for (let day = 0; day < 100; day += 1) {
      pass(clock, DAY_MS);
      await awake.reconcile();
    }
    await suspended.reconcile();
    assert.equal(servedBy(suspended), servedBy(awake));
    assert.equal(servedBy(suspended), stored("tls.crt"));
  });
});

describe("healing", () => {
  test("a Secret that was deleted and applied again gets its content back, the authority's key included", async () => {
    const replica = await started();
    const before = cluster.secret?.data;
    cluster.setSecret(undefined);
    await replica.reconcile();
    assert.equal(servedBy(replica), before?.["tls.crt"]);
    assert.equal(replica.notReadyReason(), undefined);
    cluster.setSecret({});
    await replica.reconcile();
    assert.deepEqual(cluster.secret?.data, before);
    assert.equal(cluster.bundleWrites, 1);
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
      const replica = await started();
      const before = cluster.secret?.data ?? {};
      cluster.setSecret(garble(before));
      await replica.reconcile();
      assert.deepEqual(cluster.secret?.data, before);
      assert.equal(servedBy(replica), before["tls.crt"]);
    });

    test(`a Secret where ${fault} becomes whole again by a replica that knows nothing else`, async () => {
      const old = await started();
      const trusted = fingerprints(applied())[0] ?? "";
      cluster.setSecret(garble(cluster.secret?.data ?? {}));
      const fresh = await started();
      assert.notEqual(issuerIn(applied(), servedBy(fresh)), undefined);
      assert.equal(fingerprints(applied()).includes(trusted), true);
      await follow([old, fresh], 4);
      assert.equal(servedBy(old), stored("tls.crt"));
      assert.equal(servedBy(fresh), stored("tls.crt"));
      assert.equal(fingerprints(applied()).includes(trusted), true);
    });
  }

  test("an old backup with an authority of the past is replaced by what the replicas remember", async () => {
    const replica = await started();
    const backup = cluster.secret?.data ?? {};
    pass(clock, 41 * DAY_MS);
    await follow([replica], 5);
    const current = cluster.secret?.data;
    cluster.setSecret(backup);
    await replica.reconcile();
    assert.deepEqual(cluster.secret?.data, current);
    assert.equal(servedBy(replica), current?.["tls.crt"]);
  });

  test("an old backup found by fresh replicas alone does not break those that still serve what was lost", async () => {
    const old = await started();
    const backup = cluster.secret?.data ?? {};
    pass(clock, 41 * DAY_MS);
    await follow([old], 5);
    const serving = issuerIn(applied(), servedBy(old));
    cluster.setSecret(backup);
    const fresh = makeReplica({ cluster, clock });
    for (let minute = 0; minute < 5; minute += 1) {
      pass(clock, 60_000);
      await fresh.reconcile();
      assert.equal(issuerIn(applied(), servedBy(old)), serving);
      assert.notEqual(issuerIn(applied(), servedBy(fresh)), undefined);
    }
    await follow([old, fresh], 5);
    assert.equal(servedBy(old), servedBy(fresh));
  });

  const bundles: readonly (readonly [string, (pem: string) => string])[] = [
    ["emptied", () => ""],
    ["garbled", () => "garbage"],
    ["cut in the middle", (pem) => pem.slice(0, 300)],
    ["appended to", (pem) => `${pem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`],
  ];
  for (const [what, change] of bundles) {
    test(`a caBundle that was ${what} is written again, and the leaf stays`, async () => {
      const replica = await started();
      const [serving, before] = [servedBy(replica), applied()];
      cluster.setBundle(change(before));
      await replica.reconcile();
      assert.equal(applied(), before);
      assert.equal(servedBy(replica), serving);
    });
  }

  test("a certificate of somebody else does not stay in the caBundle", async () => {
    const replica = await started();
    const before = applied();
    const other = new MemoryCluster();
    await makeReplica({ cluster: other, clock }).reconcile();
    // A leaf: whatever is no authority of ours.
    cluster.setBundle(before + (other.secret?.data["tls.crt"] ?? ""));
    await replica.reconcile();
    assert.equal(applied(), before);
  });

  test("every entry of the configuration gets the caBundle, and one that lacks it is not enough", async () => {
    const replica = await started();
    const before = applied();
    cluster.setBundle(before, "");
    await replica.reconcile();
    assert.deepEqual(cluster.bundle?.pems, [before, before]);
  });

  test("a caBundle is healed from memory while the Secret is missing", async () => {
    const replica = await started();
    const before = applied();
    cluster.setSecret(undefined);
    cluster.setBundle("");
    await replica.reconcile();
    assert.equal(applied(), before);
  });
});

describe("trouble with the API server", () => {
  test("leaves what is served as it is, and is told once in the log, without the error's text", async () => {
    const { logger, text } = memoryLog();
    const replica = makeReplica({ cluster, clock, logger });
    await replica.reconcile();
    const serving = servedBy(replica);
    cluster.outage = new Error("socket hang up: token abc");
    await replica.reconcile();
    await replica.reconcile();
    cluster.outage = undefined;
    await replica.reconcile();
    assert.equal(servedBy(replica), serving);
    assert.equal(replica.notReadyReason(), undefined);
    assert.equal(text().match(/Left the certificates as they were/g)?.length, 1);
    assert.equal(text().match(/Resumed keeping the certificates/g)?.length, 1);
    assert.equal(text().includes("token abc"), false);
  });

  test("brings no key and no certificate into the log", async () => {
    const { logger, text } = memoryLog();
    const replica = makeReplica({ cluster, clock, logger });
    await replica.reconcile();
    cluster.setSecret({ ...cluster.secret?.data, "tls.key": "secret garbage" });
    await replica.reconcile();
    assert.equal(text().includes("Wrote the certificate Secret"), true);
    const pieces = Object.values(cluster.secret?.data ?? {}).flatMap((pem) => pem.split("\n").slice(1, 2));
    assert.equal(pieces.length, 4);
    for (const piece of [...pieces, "secret garbage", "BEGIN"]) {
      assert.equal(text().includes(piece), false);
    }
  });
});
