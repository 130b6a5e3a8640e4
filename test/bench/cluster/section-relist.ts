/** Relists of everything while reviews are answered: how late answers come, and how much memory it takes. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { kubeconfigText } from "../../e2e/control-plane/kubeconfig.ts";
import { startWatchProxy } from "../../e2e/webhook/watch-proxy.ts";
import { waitUntil } from "../../wait-until.ts";
import { bodiesFor } from "../bodies.ts";
import type { BenchContext } from "../context.ts";
import type { Burst, BurstResult } from "../load.ts";
import { printTable, show, summarise } from "../table.ts";
import { pin } from "../target.ts";
import { countRequests } from "./api-metrics.ts";
import { moveToBackground } from "./background.ts";
import { type LoadedCluster, SERVED_NAMESPACE } from "./loaded-cluster.ts";
import { type MeasuredPullring, type Memory, type Stalls, startMeasured } from "./measured-pullring.ts";

/** Reviews per second: what a busy cluster creates, and far from what saturates a core. */
const RATE = 200;
/** A relist of 50,000 takes some seconds; the next one begins after this. The watches are opened within it, too. */
const PAUSE_MS = 2_000;
/** By then V8 has given back what loading needed. */
const REST_MS = 20_000;
/** So many relists show whether memory grows with each. */
const QUIET_RELISTS = 3;

/** Prints latencies of answers without and with relists, and the memory before, at the peak and after. */
export async function benchRelist(context: BenchContext): Promise<void> {
  const cluster = await context.cluster();
  const proxy = await startWatchProxy(cluster.plane);
  const { tokenFile } = cluster.identity;
  const kubeconfig = join(cluster.plane.directory, "relist-kubeconfig.json");
  writeFileSync(kubeconfig, kubeconfigText({ ...proxy, adminToken: "" }, { tokenFile }));
  moveToBackground(cluster.plane);
  const measureIn = async (isProbed: boolean, take: (scene: Scene) => Promise<void>): Promise<void> => {
    const pullring = await startMeasured(cluster.plane, kubeconfig, isProbed);
    try {
      pin(pullring.current().pid, 0);
      await take({ cluster, pullring, relist: () => proxy.expireWatches() });
    } finally {
      await pullring.stop();
    }
  };
  try {
    // How large V8's space for young objects still is from the loading makes most of the difference.
    for (const restMs of [PAUSE_MS, REST_MS]) {
      await measureIn(false, (scene) => showMemory(scene, context.brief ? PAUSE_MS : restMs));
    }
    await measureIn(true, (scene) => measure(context, scene));
  } finally {
    proxy.close();
  }
}

interface Scene {
  readonly cluster: LoadedCluster;
  readonly pullring: MeasuredPullring;
  readonly relist: () => void;
}

async function measure(context: BenchContext, scene: Scene): Promise<void> {
  const burst: Burst = {
    port: scene.pullring.port,
    ca: readFileSync(scene.pullring.caFile, "utf8"),
    body: bodiesFor(SERVED_NAMESPACE)[0]?.text ?? "",
    concurrency: 16,
    rate: RATE,
    count: RATE * (context.brief ? 2 : 15),
  };
  await sleep(PAUSE_MS);
  await relistOnce(scene);
  await context.load.run({ ...burst, count: RATE });
  const quiet: BurstResult[] = [];
  const busy: Round[] = [];
  for (let round = 0; round < (context.brief ? 1 : 5); round += 1) {
    quiet.push(await context.load.run(burst));
    busy.push(await runWithRelists(scene, () => context.load.run(burst)));
  }
  printFigures(quiet, busy);
}

/** Prints the memory after relists that begin `restMs` after pullring was ready, with nothing else to do. */
async function showMemory(scene: Scene, restMs: number): Promise<void> {
  await sleep(restMs);
  const afterEach: string[] = [];
  for (let round = 0; round < QUIET_RELISTS; round += 1) {
    await relistOnce(scene);
    afterEach.push(scene.pullring.memory().resident.toFixed(0));
  }
  console.log(
    `\nReady for ${restMs / 1000} s, then relists; resident after each: ${afterEach.join(", ")} MiB; at most ${scene.pullring.memory().peak.toFixed(0)} MiB`,
  );
}

/** Lists everything again with nothing else to do; the watches have to be open. */
async function relistOnce({ cluster, relist }: Scene): Promise<void> {
  const before = await countLists(cluster);
  relist();
  await waitUntil("a relist", async () => (await countLists(cluster)) - before >= pagesOf(cluster));
  await sleep(PAUSE_MS);
}

/** What one round with relists saw. */
interface Round extends Stalls {
  readonly latency: BurstResult;
  readonly relists: number;
  readonly before: Memory;
  readonly after: Memory;
}

async function runWithRelists(
  { cluster, pullring, relist }: Scene,
  run: () => Promise<BurstResult>,
): Promise<Round> {
  await pullring.stalls();
  const before = pullring.memory();
  pullring.forgetPeak();
  const listedBefore = await countLists(cluster);
  let isOver = false;
  const load = run().finally(() => {
    isOver = true;
  });
  while (!isOver) {
    relist();
    await sleep(PAUSE_MS);
  }
  const latency = await load;
  const relists = ((await countLists(cluster)) - listedBefore) / pagesOf(cluster);
  return { latency, relists, before, after: pullring.memory(), ...(await pullring.stalls()) };
}

function printFigures(quiet: readonly BurstResult[], busy: readonly Round[]): void {
  const latency = (key: "p50" | "p99" | "p999"): readonly string[] => [
    show(summarise(quiet.map((result) => result[key])), 1),
    show(summarise(busy.map((round) => round.latency[key])), 1),
  ];
  const figure = (read: (round: Round) => number, digits: number): string =>
    show(summarise(busy.map(read)), digits);
  printTable(
    `Answers at ${RATE} reviews/s while everything is listed again`,
    ["what", "no relist", "relists"],
    [
      ["p50, ms", ...latency("p50")],
      ["p99, ms", ...latency("p99")],
      ["p99.9, ms", ...latency("p999")],
      ["relists in a round", "", figure(({ relists }) => relists, 1)],
      ["longest stall without waiting for a core, ms", "", figure(({ ownMs }) => ownMs, 0)],
      ["resident, MiB", figure(({ before }) => before.resident, 0), figure(({ after }) => after.resident, 0)],
      ["most resident, MiB", "", figure(({ after }) => after.peak, 0)],
      ["most / before", "", figure(({ before, after }) => after.peak / before.resident, 2)],
    ],
  );
}

function pagesOf({ size }: LoadedCluster): number {
  return Math.ceil((size.namespaces * size.credentialsPerNamespace) / 500);
}

/** Pages of Secrets of the whole cluster that the API server has answered so far. */
async function countLists({ plane }: LoadedCluster): Promise<number> {
  return countRequests(plane, { resource: "secrets", verb: "LIST", scope: "cluster" });
}
