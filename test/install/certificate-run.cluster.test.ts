/**
 * Two replicas behind their Service, with the rights and a token of the manifests, rotate leaves and CA all the time while Pods
 * are created; meanwhile the Secret is deleted three times, and the caBundle emptied three times.
 *
 * PULLRING_TEST_CREATIONS is how many Pods are created at least (default 3,000), with one rotation of the CA and two of
 * leaves for every 1,000.
 */
import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { waitUntil } from "../wait-until.ts";
import { countRotations, deleteSecret, emptyBundles, type Rotations } from "./certificate-run.ts";
import { type Creations, type Span, startCreations } from "./creations.ts";
import { type FailedCall, listFailedCalls } from "./failed-calls.ts";
import { type InstalledService, installService } from "./installed-service.ts";
import { isInOwnNetwork, REPLICA_ADDRESSES, runInOwnNetwork } from "./own-network.ts";
import { startReplica } from "./replica.ts";

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
/** Watchdog. */
const LIMIT_MS = 1_500_000;
const REPORTED = /stored|handshakes|caBundle|failed open/;

if (!isInOwnNetwork()) {
  test("in a network namespace of its own, rotations lose no injection", {
    timeout: LIMIT_MS,
  }, async (context) => {
    const { code, printed } = await runInOwnNetwork(import.meta.url);
    assert.equal(code, 0, printed);
    assert.match(printed, /^# pass 1$/m);
    for (const [line] of printed.matchAll(/^ *# .*$/gm)) {
      if (REPORTED.test(line)) context.diagnostic(line.replace(/^ *# /, ""));
    }
  });
} else {
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
      const creations = await startCreations(installed.plane.api, "rotations");
      const rotations = countRotations(installed, ADDRESSES);
      const emptied = await damage(installed, creations, rotations);
      await Promise.all([creations.stop(), rotations.stop()]);
      const created = creations.created();
      context.diagnostic(
        `${created} Pods stored, ${rotations.leaves()} leaf rotations, ${rotations.cas()} CA rotations`,
      );
      context.diagnostic(`${rotations.handshakes()} handshakes of our own, ${rotations.lost.length} lost`);
      assert.deepEqual(rotations.lost, []);
      report(context, { installed, creations, emptied });
    });
  });
}

/** Damages now and then until there were enough creations and rotations; gives the times of empty caBundles. */
async function damage(
  installed: InstalledService,
  creations: Creations,
  rotations: Rotations,
): Promise<readonly Span[]> {
  const emptied: Span[] = [];
  const progress = (): number =>
    Math.min(creations.created() / CREATIONS, rotations.leaves() / (2 * ROTATIONS), rotations.cas() / ROTATIONS);
  const reach = (part: number) => waitUntil(`${part} of the run`, () => progress() >= part, { timeoutMs: LIMIT_MS });
  const parts = 2 * DAMAGES + 1;
  for (let part = 1; part < parts; part += 2) {
    await reach(part / parts);
    await deleteSecret(installed);
    await reach((part + 1) / parts);
    emptied.push(await emptyBundles(installed));
  }
  await reach(1);
  return emptied;
}

interface Run {
  readonly installed: InstalledService;
  readonly creations: Creations;
  readonly emptied: readonly Span[];
}

/** Reports each loss by its cause. Only an empty caBundle may cost anything. */
function report(context: TestContext, { installed, creations, emptied }: Run): void {
  const isWhileEmpty = ({ startMs, endMs }: Span): boolean =>
    emptied.some((empty) => startMs <= empty.endMs + NOTICE_MS && endMs >= empty.startMs);
  const calls = listFailedCalls(installed.plane);
  const otherCalls = calls.filter(
    ({ atMs, reason }) => !UNTRUSTED.test(reason) || !isWhileEmpty({ startMs: atMs, endMs: atMs }),
  );
  const otherLosses = creations.lost.filter((loss) => !isWhileEmpty(loss));
  const whileEmpty = creations.lost.length - otherLosses.length;
  context.diagnostic(
    `stored without pull secret: ${whileEmpty} while the caBundle was empty, ${otherLosses.length} otherwise`,
  );
  const delays = emptied.map(({ startMs, endMs }) => endMs - startMs);
  context.diagnostic(`an emptied caBundle was whole again after ${delays.join(", ")} ms`);
  reportReasons(context, calls);
  assert.deepEqual(otherCalls, []);
  assert.deepEqual(otherLosses, []);
}

function reportReasons(context: TestContext, calls: readonly FailedCall[]): void {
  for (const reason of new Set(calls.map((call) => call.reason))) {
    const { length } = calls.filter((call) => call.reason === reason);
    context.diagnostic(`${length} calls failed open: ${reason}`);
  }
}
