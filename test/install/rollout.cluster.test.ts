/**
 * Rollouts of two replicas behind their Service while Pods are created all the time. The API server itself is the way to the
 * replicas (no kube-proxy); it leads each new connection to an endpoint that is ready, as kube-proxy does.
 *
 * PULLRING_TEST_ROLLOUTS is how often both replicas are replaced (default 1), with 2,000 creations at least for each time.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { describeLoad, startPodLoad } from "../e2e/webhook/pod-load.ts";
import { waitUntil } from "../wait-until.ts";
import { listFailedCalls, reportLosses } from "./failed-calls.ts";
import { type Endpoint, type InstalledService, installService } from "./installed-service.ts";
import { inOwnNetwork, REPLICA_ADDRESSES } from "./own-network.ts";
import { type RolloutPod, RolloutPods } from "./rollout-pods.ts";

const ROLLOUTS = Number(process.env.PULLRING_TEST_ROLLOUTS ?? 1);
const CREATIONS = 2_000 * ROLLOUTS;
/** From a change of a Pod to its endpoints at the API server, in turn, in milliseconds: a busy cluster's. */
const DELAYS_MS = [1_000, 1_700, 1_300, 2_000];

inOwnNetwork(import.meta.url, "a rollout loses nothing", () => {
  describe("two replicas behind their Service", () => {
    let installed: InstalledService;
    let pods: RolloutPods;
    /** All writes of endpoints so far. */
    let settled: Promise<void> = Promise.resolve();
    let changes = 0;
    /** Keeps the endpoints of the Service as the endpoint slice controller does: after every change of a Pod, a while later. */
    const keepEndpoints = (current: readonly RolloutPod[]): void => {
      const delay = sleep(DELAYS_MS[changes++ % DELAYS_MS.length]);
      const [before, endpoints] = [settled, current.map(endpointOf)];
      settled = Promise.all([before, delay]).then(() => installed.writeEndpoints(endpoints));
    };
    before(async () => {
      installed = await installService();
      pods = new RolloutPods(installed, keepEndpoints);
      await Promise.all([0, 1].map(() => pods.create(REPLICA_ADDRESSES)));
      await settled;
    });
    after(() => installed?.plane.stop());

    test(`lose no injection while both are replaced ${ROLLOUTS} times, each by SIGTERM`, async (context) => {
      const load = await startPodLoad(installed.plane.api, "rollouts");
      for (let time = 0; time < ROLLOUTS; time++) await rollOut(pods);
      await waitUntil(`${CREATIONS} creations`, () => load.requested() >= CREATIONS, { timeoutMs: 600_000 });
      const result = await load.stop();
      reportLosses(context, installed.plane, describeLoad(`${ROLLOUTS} rollouts`, result));
      assert.ok(result.stored >= CREATIONS);
      const { stored: _, ...losses } = result;
      assert.deepEqual(losses, { lost: 0, refused: 0, unanswered: [] });
      assert.deepEqual(listFailedCalls(installed.plane), []);
    });

    test("refuse nothing when one is killed, and lose nothing once it is out of the endpoints", async (context) => {
      const load = await startPodLoad(installed.plane.api, "kill");
      const [first] = pods.running();
      assert.ok(first);
      await first.crash();
      await settled;
      const result = await load.stop();
      reportLosses(context, installed.plane, describeLoad("one of two replicas killed", result));
      assert.deepEqual([result.refused, result.unanswered], [0, []]);
      // Each loss is a call that the killed replica could not answer any more.
      assert.equal(result.lost, listFailedCalls(installed.plane).length);
      const later = await startPodLoad(installed.plane.api, "after-kill");
      await waitUntil("more creations", () => later.requested() >= 500);
      assert.equal((await later.stop()).lost, 0);
    });

    test("leave Pods as they are when the Service has no endpoint", async () => {
      await Promise.all(pods.running().map((pod) => pods.delete(pod)));
      await settled;
      const load = await startPodLoad(installed.plane.api, "nobody");
      await waitUntil("creations", () => load.requested() >= 20);
      const { stored, lost, refused } = await load.stop();
      assert.deepEqual([lost, refused], [stored, 0]);
    });
  });
});

/** As the deployment controller does with maxSurge 1 and maxUnavailable 0: an old one goes as soon as a new one is ready. */
async function rollOut(pods: RolloutPods): Promise<void> {
  const endings = [];
  for (const old of pods.running()) {
    await pods.create(REPLICA_ADDRESSES);
    endings.push(pods.delete(old));
  }
  for (const end of await Promise.all(endings)) assert.deepEqual(end, { code: 0, signal: null });
}

/** What the controller writes of a Pod: one that is being deleted is not ready, whether it serves or not. */
function endpointOf({ address, isReady: serving, isTerminating: terminating }: RolloutPod): Endpoint {
  return { addresses: [address], conditions: { ready: serving && !terminating, serving, terminating } };
}
