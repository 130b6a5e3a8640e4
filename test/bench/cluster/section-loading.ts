/** What it takes to load the credentials of a cluster: time beside a client that throws them away, stalls, and memory. */
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchContext } from "../context.ts";
import { printTable, show, summarise } from "../table.ts";
import { readBareLists } from "./bare-lists.ts";
import { type MeasuredPullring, startMeasured } from "./measured-pullring.ts";

/** Memory is read again after this: by then V8 has given back what loading needed. */
const QUIET_MS = 30_000;

/** Prints times of the bare lists and of pullring until it is ready, its longest stall, and its resident memory. */
export async function benchLoading(context: BenchContext): Promise<void> {
  const cluster = await context.cluster();
  const rounds = context.brief ? 1 : 5;
  const figures = { bare: [], ready: [], beyond: [], gap: [], own: [] } as Record<string, number[]>;
  const memory = { ready: [], peak: [], quiet: [] } as Record<string, number[]>;
  let bytes = 0;
  for (let round = 0; round < rounds; round += 1) {
    const bare = await readBareLists(cluster);
    const pullring = await startMeasured(cluster.plane, cluster.identity.kubeconfig, true);
    const stalls = await pullring.stalls();
    const { resident, peak } = pullring.memory();
    await pullring.stop();
    bytes = bare.bytes;
    figures.bare?.push(bare.ms);
    figures.ready?.push(pullring.readyMs);
    figures.beyond?.push(pullring.readyMs - bare.ms);
    figures.gap?.push(stalls.gapMs);
    figures.own?.push(stalls.ownMs);
    memory.ready?.push(resident);
    memory.peak?.push(peak);
  }
  const unprobed = await startMeasured(cluster.plane, cluster.identity.kubeconfig, false);
  memory.quiet?.push(await quietMemory(unprobed, context.brief));
  await unprobed.stop();
  const line = (name: string, values: readonly number[] | undefined): string[] => [
    name,
    show(summarise(values ?? []), 0),
  ];
  printTable(
    `Loading ${cluster.size.namespaces * cluster.size.credentialsPerNamespace} credentials, ${(bytes / 1e6).toFixed(0)} MB`,
    ["what", "median (lowest-highest)"],
    [
      line("the same lists, bytes thrown away, ms", figures.bare),
      line("pullring, process start to ready, ms", figures.ready),
      line("pullring beyond the bare lists, ms", figures.beyond),
      line("longest stall of the event loop, ms", figures.gap),
      line("without waiting for a core, ms", figures.own),
      line("resident with an empty cluster, MiB", [cluster.emptyMemory.resident]),
      line("resident when ready, MiB", memory.ready),
      line("most resident until ready, MiB", memory.peak),
      line(`resident ${QUIET_MS / 1000} s later, MiB`, memory.quiet),
    ],
  );
}

async function quietMemory(pullring: MeasuredPullring, brief: boolean): Promise<number> {
  await sleep(brief ? 100 : QUIET_MS);
  return pullring.memory().resident;
}
