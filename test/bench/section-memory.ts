/** What it takes to hold the credentials of a large cluster: time to load them, stalls meanwhile, and memory. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { kubeconfigText } from "../e2e/control-plane/kubeconfig.ts";
import { startWatchProxy } from "../e2e/webhook/watch-proxy.ts";
import { waitUntil } from "../wait-until.ts";
import { readBareLists } from "./bare-lists.ts";
import { type BenchContext, countSecretLists, type LoadedCluster, SETTLE_MS, startMeasured } from "./cluster.ts";
import { median, printTable, show } from "./report.ts";
import { residentMebibytesOf } from "./targets.ts";

const PROBE = `--require=${fileURLToPath(new URL("./event-loop-probe.cjs", import.meta.url))}`;

/** So many relists show whether memory grows with each. */
const RELISTS = 3;
/** A relist of 50,000 takes some seconds. */
const RELIST_MS = 5_000;

/** Prints times of the bare lists and of pullring until it is ready, its longest stall, and resident memory in its states. */
export async function benchMemory(context: BenchContext): Promise<void> {
  const cluster = await context.cluster();
  const [bare, ready, stalls]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < (context.brief ? 1 : 5); round++) {
    bare.push(await readBareLists(cluster));
    const { readyMs, stallMs } = await load(context, cluster);
    ready.push(readyMs);
    stalls.push(stallMs);
  }
  const beyond = ready.map((readyMs, round) => readyMs - (bare[round] ?? 0));
  const { loaded, relisted } = await relist(context, cluster);
  printTable(
    `${cluster.credentials} credentials in ${cluster.namespaces} namespaces`,
    ["what", "median (lowest-highest)"],
    [
      ["the same lists, bytes thrown away, ms", show(bare)],
      ["pullring, process start to ready, ms", show(ready)],
      ["pullring beyond the bare lists, ms", show(beyond)],
      ["longest stall of the event loop, ms", show(stalls)],
      ["resident with an empty cluster, MiB", cluster.emptyMebibytes.toFixed(0)],
      ["resident when loaded, MiB", loaded.toFixed(0)],
      [`resident after each of ${RELISTS} relists, MiB`, relisted.map((figure) => figure.toFixed(0)).join(", ")],
    ],
  );
  context.budget.check("loading beyond the bare lists", median(beyond) / 1000, 3, " s");
  context.budget.check("longest stall while loading", median(stalls), 40, " ms");
  context.budget.check("resident, empty cluster", cluster.emptyMebibytes, 110, " MiB");
  context.budget.check("resident, after relists", Math.max(...relisted), 170, " MiB");
}

async function load(
  { node }: BenchContext,
  { plane, identity }: LoadedCluster,
): Promise<{ readonly readyMs: number; readonly stallMs: number }> {
  const startedAt = performance.now();
  const pullring = await startMeasured(plane, identity.kubeconfig, node, [PROBE]);
  const readyMs = performance.now() - startedAt;
  const { readLog, signal, end } = pullring.current();
  const logged = readLog().length;
  signal("SIGUSR2");
  const stall = await waitUntil("the longest stall", () => /longest stall (.*)\n/.exec(readLog().slice(logged))?.[1]);
  await end("SIGKILL");
  return { readyMs, stallMs: Number(stall) };
}

/** Memory when loaded, and after each relist that a lost history of the watches causes. */
async function relist(
  { brief, node }: BenchContext,
  { plane, identity, credentials }: LoadedCluster,
): Promise<{ readonly loaded: number; readonly relisted: readonly number[] }> {
  const proxy = await startWatchProxy(plane);
  const kubeconfig = join(plane.directory, "relist-kubeconfig.json");
  writeFileSync(kubeconfig, kubeconfigText(proxy, { tokenFile: identity.tokenFile }));
  const pullring = await startMeasured(plane, kubeconfig, node);
  const { pid, end } = pullring.current();
  try {
    await sleep(brief ? 2_000 : SETTLE_MS);
    const loaded = residentMebibytesOf(pid);
    const relisted: number[] = [];
    while (relisted.length < RELISTS) {
      const before = await countSecretLists(plane, "cluster");
      proxy.expireWatches();
      const pages = Math.ceil(credentials / 500);
      await waitUntil("a relist", async () => (await countSecretLists(plane, "cluster")) - before >= pages);
      await sleep(brief ? 500 : RELIST_MS);
      relisted.push(residentMebibytesOf(pid));
    }
    return { loaded, relisted };
  } finally {
    await end("SIGKILL");
  }
}
