/**
 * A large cluster that changes all the time: does the memory stay, is every change in force, and what does it cost? Settings:
 * SCALE_MINUTES (default 10) and SCALE_CHANGES a second (default 100).
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchContext } from "../context.ts";
import { printTable, show, summarise } from "../table.ts";
import { cpuMicrosecondsOf } from "../target.ts";
import { readWatchTraffic, type WatchTraffic } from "./api-metrics.ts";
import { type Change, Churn } from "./churn.ts";
import { forEachNumber } from "./fill-cluster.ts";
import type { LoadedCluster } from "./loaded-cluster.ts";
import { type MeasuredPullring, startMeasured } from "./measured-pullring.ts";
import { createReviewClient, type ReviewClient } from "./review-client.ts";

const MINUTE_MS = 60_000;
/** Between two looks at the memory, and between two changes that are asked about while all goes on. */
const SAMPLE_MS = 1_000;
/** Requests at a time when everything is asked about at the end. */
const CLIENTS = 8;
/** Of what is gone, so many are asked about at the end: each needs a live look. */
const MOST_GONE_ASKED = 2_000;

/** Runs the changes, then asks about every credential, and prints what came out. */
export async function benchScale(context: BenchContext): Promise<void> {
  const cluster = await context.cluster();
  const minutes = Number(process.env.SCALE_MINUTES ?? (context.brief ? 0.1 : 10));
  const rate = Number(process.env.SCALE_CHANGES ?? (context.brief ? 20 : 100));
  const pullring = await startMeasured(cluster.plane, cluster.identity.kubeconfig, false);
  const client = createReviewClient(pullring);
  try {
    const churn = new Churn(cluster.plane.api, cluster.size);
    const run = await runChurn({ cluster, pullring, client, churn }, minutes, rate);
    const view = await compareView({ pullring, client, churn });
    printRun(run, minutes);
    printView(view);
  } finally {
    client.close();
    await pullring.stop();
  }
}

interface Scene {
  readonly cluster: LoadedCluster;
  readonly pullring: MeasuredPullring;
  readonly client: ReviewClient;
  readonly churn: Churn;
}

interface Run {
  readonly changes: number;
  /** Resident memory, one figure for each second. */
  readonly memory: readonly number[];
  /** Changes that were asked about, and those of them that were not in force, by kind. */
  readonly asked: ReadonlyMap<Change["kind"], { count: number; late: number }>;
  readonly cpuMicroseconds: number;
  readonly traffic: WatchTraffic;
}

async function runChurn(
  { cluster, pullring, client, churn }: Scene,
  minutes: number,
  rate: number,
): Promise<Run> {
  const { pid } = pullring.current();
  const memory: number[] = [];
  let latest: Change | undefined;
  const kinds = ["created", "rotated", "deleted"] as const;
  const asked: Run["asked"] = new Map(kinds.map((kind) => [kind, { count: 0, late: 0 }]));
  const traffic = await readWatchTraffic(cluster.plane, "secrets");
  const cpu = cpuMicrosecondsOf(pid);
  const endsAt = performance.now() + minutes * MINUTE_MS;
  const changes = churn.run(rate, endsAt, (change) => {
    latest = change;
  });
  while (performance.now() < endsAt) {
    await sleep(SAMPLE_MS);
    memory.push(pullring.memory().resident);
    const tally = latest && asked.get(latest.kind);
    if (latest !== undefined && tally !== undefined) {
      tally.count += 1;
      tally.late += (await isInForce(client, latest)) ? 0 : 1;
    }
  }
  const made = await changes;
  const after = await readWatchTraffic(cluster.plane, "secrets");
  return {
    changes: made,
    memory,
    asked,
    cpuMicroseconds: cpuMicrosecondsOf(pid) - cpu,
    traffic: { events: after.events - traffic.events, bytes: after.bytes - traffic.bytes },
  };
}

/** A change by chance may be followed by another one of the same credential; with 50,000 that hardly ever happens within a second. */
async function isInForce(client: ReviewClient, { kind, credential }: Change): Promise<boolean> {
  const added = await client.added(credential.namespace, `${credential.registryKey}/app:1`);
  return added.includes(credential.name) === (kind !== "deleted");
}

interface View {
  readonly credentials: number;
  readonly missing: number;
  readonly gone: number;
  readonly stillUsed: number;
  readonly looks: number;
  readonly counted: number;
}

/**
 * Asks about every credential there is. What the index lacked would be found by a live look, so that none may be taken meanwhile.
 * Then about what is gone: an old key that is still in the index would serve without a look.
 */
async function compareView({ pullring, client, churn }: Omit<Scene, "cluster">): Promise<View> {
  // Watches deliver within milliseconds; what is not there after this never comes.
  await sleep(2 * SAMPLE_MS);
  const looksBefore = await metricOf(pullring, "pullring_fresh_looks_total");
  let missing = 0;
  await forEachNumber(churn.credentials.length, CLIENTS, async (number) => {
    const credential = churn.credentials[number];
    const isServed = credential !== undefined && (await isInForce(client, { kind: "created", credential }));
    missing += isServed ? 0 : 1;
  });
  const looks = (await metricOf(pullring, "pullring_fresh_looks_total")) - looksBefore;
  const gone = churn.gone.slice(-MOST_GONE_ASKED);
  let stillUsed = 0;
  await forEachNumber(gone.length, CLIENTS, async (number) => {
    const credential = gone[number];
    stillUsed += credential && !(await isInForce(client, { kind: "deleted", credential })) ? 1 : 0;
  });
  const counted = await metricOf(pullring, "pullring_credential_secrets");
  return { credentials: churn.credentials.length, missing, gone: gone.length, stillUsed, looks, counted };
}

/** Sum of a metric of pullring over its labels. */
async function metricOf(pullring: MeasuredPullring, name: string): Promise<number> {
  const { text } = await pullring.admin("/metrics");
  return text
    .split("\n")
    .filter((line) => line.startsWith(name) && /^[{ ]/.test(line.slice(name.length)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

function printRun({ changes, memory, asked, cpuMicroseconds, traffic }: Run, minutes: number): void {
  const tenth = Math.max(1, Math.floor(memory.length / 10));
  const [first, last] = [memory.slice(0, tenth), memory.slice(-tenth)];
  printTable(
    `${changes} changes in ${minutes} minutes`,
    ["what", "figure"],
    [
      ["resident in the first tenth of the time, MiB", show(summarise(first), 0)],
      ["resident in the last tenth, MiB", show(summarise(last), 0)],
      ["last / first", `${(summarise(last).median / summarise(first).median).toFixed(2)} x`],
      ["most resident, MiB", Math.max(...memory).toFixed(0)],
      ...[...asked].map(([kind, { count, late }]) => [
        `${kind} and asked about at once / not in force`,
        `${count} / ${late}`,
      ]),
      ["CPU per change, us (asking included)", (cpuMicroseconds / changes).toFixed(0)],
      ["share of a core", `${(cpuMicroseconds / (minutes * MINUTE_MS * 10)).toFixed(2)} %`],
      ["watch events of Secrets sent, to all who watch", traffic.events.toFixed(0)],
      ["bytes of an event", (traffic.bytes / Math.max(1, traffic.events)).toFixed(0)],
    ],
  );
}

function printView({ credentials, missing, gone, stillUsed, looks, counted }: View): void {
  printTable(
    "Afterwards: what pullring has against what the API server was told",
    ["what", "figure"],
    [
      ["credentials asked about / not in force", `${credentials} / ${missing}`],
      ["live looks that this took", looks.toFixed(0)],
      ["old keys and deleted credentials asked about / still in use", `${gone} / ${stillUsed}`],
      ["credentials by pullring's own count / by ours", `${counted} / ${credentials + 1}`],
    ],
  );
}
