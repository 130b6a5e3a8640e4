/**
 * Two replicas behind their Service, with the rights and a token of the manifests, rotate leaves and CA all the time while Pods
 * are created; meanwhile the Secret is deleted three times, and the caBundle emptied three times.
 *
 * PULLRING_TEST_CREATIONS is how many Pods are created at least (default 3,000), with one rotation of the CA and two of
 * leaves for every 1,000.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import { splitPem } from "../../src/certificates/pem-bundle.ts";
import { describeLoad, startPodLoad } from "../e2e/webhook/pod-load.ts";
import { TLS_SECRET_PATH } from "../manifests/object-paths.ts";
import { waitUntil } from "../wait-until.ts";
import { listFailedCalls, reportLosses } from "./failed-calls.ts";
import { type InstalledService, installService } from "./installed-service.ts";
import { inOwnNetwork, REPLICA_ADDRESSES } from "./own-network.ts";
import { startReplica, WEBHOOK_PORT } from "./replica.ts";

const ADDRESSES = REPLICA_ADDRESSES.slice(0, 2);
const CREATIONS = Number(process.env.PULLRING_TEST_CREATIONS ?? 3_000);
const ROTATIONS = Math.ceil(CREATIONS / 1_000);
const DAMAGES = 3;
/** A CA is followed after 24 s, a leaf after 10 s at the latest, with seconds to spare on a machine that stalls. */
const FLAGS = ["--tls-ca-lifetime=36s", "--tls-leaf-lifetime=15s", "--tls-overlap=1500ms", "--tls-poll=500ms"];
/** API servers see a changed configuration well within this, in milliseconds; a call that began before ends within the second. */
const NOTICE_MS = 1_000;
/** The one error that an empty caBundle makes. */
const UNTRUSTED = /signed by unknown authority/;
/** How long the Secret is missing before a person applies it again. */
const MISSING_MS = 3_000;
const POLL_MS = 200;
/** Watchdog. */
const LIMIT_MS = 1_500_000;

inOwnNetwork(import.meta.url, "rotations lose no injection", () => {
  describe("two replicas whose certificates rotate", () => {
    let installed: InstalledService;
    before(async () => {
      installed = await installService();
      const { plane, kubeconfig } = installed;
      const replicas = ADDRESSES.map((address, number) =>
        startReplica(plane, { name: `replica-${number}`, kubeconfig, address, flags: FLAGS }),
      );
      await Promise.all((await Promise.all(replicas)).map((replica) => replica.waitUntilReady()));
      await installed.routeTo(ADDRESSES);
    });
    after(() => installed?.plane.stop());

    test("lose an injection by no rotation and no missing Secret", { timeout: LIMIT_MS }, async (context) => {
      const load = await startPodLoad(installed.plane.api, "rotations");
      const rotations = countRotations(installed);
      const { leaves, cas, lost } = rotations;
      const progress = (): number =>
        Math.min(load.requested() / CREATIONS, leaves() / (2 * ROTATIONS), cas() / ROTATIONS);
      const reach = (part: number) =>
        waitUntil(`${part} of the run`, () => progress() >= part, { timeoutMs: LIMIT_MS });
      /** When a caBundle was empty: from, until. */
      const emptied: (readonly [number, number])[] = [];
      const parts = 2 * DAMAGES + 1;
      for (let part = 1; part < parts; part += 2) {
        await reach(part / parts);
        await deleteSecret(installed);
        await reach((part + 1) / parts);
        emptied.push(await emptyBundles(installed));
      }
      await reach(1);
      const [result] = await Promise.all([load.stop(), rotations.stop()]);
      reportLosses(context, installed.plane, describeLoad("rotations", result));
      context.diagnostic(`${leaves()} leaf rotations, ${cas()} CA rotations, ${rotations.handshakes()} handshakes`);
      context.diagnostic(`an emptied caBundle was whole again after ${emptied.map(([from, to]) => to - from)} ms`);
      assert.deepEqual([lost, result.refused, result.unanswered], [[], 0, []]);
      // Only an empty caBundle costs anything, and each loss is a call that failed.
      const calls = listFailedCalls(installed.plane);
      const others = calls.filter(
        ({ atMs, reason }) =>
          !UNTRUSTED.test(reason) || !emptied.some(([from, to]) => atMs >= from && atMs <= to + NOTICE_MS),
      );
      assert.deepEqual(others, []);
      assert.equal(result.lost, calls.length);
    });
  });
});

/** Reads the caBundle, makes a handshake with each replica by it, reads the Secret, and so on. */
function countRotations(installed: InstalledService) {
  const leaves = new Set<string>();
  const cas = new Set<string>();
  /** Why handshakes failed although there was a caBundle. */
  const lost: string[] = [];
  let handshakes = 0;
  const ending = new AbortController();
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const [bundle = ""] = await installed.readBundles();
      const ca = Buffer.from(bundle, "base64").toString("utf8");
      for (const host of ca === "" ? [] : ADDRESSES) {
        handshakes += 1;
        await shake(host, ca).then(
          (fingerprint) => leaves.add(fingerprint),
          (error: Error) => lost.push(error.message),
        );
      }
      const [newest] = splitPem(Buffer.from((await secretData(installed))["ca.crt"] ?? "", "base64").toString("utf8"));
      if (newest !== undefined) cas.add(newest);
      await sleep(POLL_MS);
    }
  };
  const running = run();
  return {
    leaves: () => Math.max(0, leaves.size - ADDRESSES.length),
    cas: () => Math.max(0, cas.size - 1),
    handshakes: () => handshakes,
    lost,
    stop: () => {
      ending.abort();
      return running;
    },
  };
}

/** One full handshake. @returns what identifies the certificate @throws Error when `ca` does not vouch for it */
async function shake(host: string, ca: string): Promise<string> {
  const socket = connect({ host, port: WEBHOOK_PORT, ca, servername: "pullring.pullring.svc" });
  try {
    await once(socket, "secureConnect");
    return socket.getPeerX509Certificate()?.fingerprint256 ?? "";
  } finally {
    socket.destroy();
  }
}

/** Empty while there is no Secret. */
async function secretData({ plane }: InstalledService): Promise<Readonly<Record<string, string>>> {
  const { body } = await plane.api.request("GET", TLS_SECRET_PATH);
  return (body as { readonly data?: Readonly<Record<string, string>> }).data ?? {};
}

/** Deletes the Secret, and applies it again as a person would. Returns when it is filled. */
async function deleteSecret(installed: InstalledService): Promise<void> {
  await installed.plane.api.expect("DELETE", TLS_SECRET_PATH);
  await sleep(MISSING_MS);
  await installed.applySecret();
  await waitUntil("the content of the Secret", async () => ((await secretData(installed))["ca.key"] ?? "") !== "");
}

/** Empties the caBundle of each webhook. @returns from when until when one of them was empty, as far as can be seen */
async function emptyBundles(installed: InstalledService): Promise<readonly [number, number]> {
  const from = Date.now();
  await installed.emptyBundles();
  const areWhole = async () => (await installed.readBundles()).every((bundle) => bundle !== "");
  await waitUntil("the caBundle", areWhole, { intervalMs: 5 });
  return [from, Date.now()];
}
