/** Throughput when saturated, and latency at fixed rates below that, beside the bare server. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bodiesFor } from "./bodies.ts";
import { baselineCommands, pullringCommand, wastefulCommand } from "./commands.ts";
import type { BenchContext } from "./context.ts";
import { writeCredentials } from "./credentials-file.ts";
import type { BurstResult } from "./load.ts";
import { printTable, show, summarise } from "./table.ts";
import { startTarget, type Target } from "./target.ts";

const PULLRING = "pullring inject";
const BARE = "bare-node";
/** The bare server, made to take as long for a request as pullring does: what its latency is, the time alone makes. */
const AS_SLOW = "bare-node, as slow";

/** Prints requests per second at saturation, and p50 and p99 at shares of that. */
export async function benchLatency(context: BenchContext): Promise<void> {
  const credentials = join(context.directory, "latency.json");
  writeCredentials(credentials, { namespaces: 1000, perNamespace: 5, serving: true });
  const commands = [
    pullringCommand(PULLRING, credentials, context.certificate),
    ...baselineCommands(context.certificate),
  ];
  const targets: Target[] = [];
  try {
    for (const command of commands) {
      targets.push(await startTarget(command));
    }
    await measure(context, targets);
  } finally {
    await Promise.all(targets.map((target) => target.stop()));
  }
}

/** A stall of the machine makes the p99 of its round; the median of many short rounds hardly moves for it. */
const LATENCY_ROUNDS = 25;

/** Until a target that had more than it could answer is at rest again, and the load too, in milliseconds. */
const SETTLE_MS = 100;

/** Rates as shares of what one target can answer, or each of them. */
const LOADS: readonly { readonly share: number; readonly of?: string }[] = [
  { share: 0.3, of: BARE },
  { share: 0.7, of: BARE },
  { share: 0.7 },
];

/** Adds the slowed server to `targets`, for the caller to stop. */
async function measure(context: BenchContext, targets: Target[]): Promise<void> {
  const { load, ca, effort, brief, certificate } = context;
  const [body] = bodiesFor("ns-42");
  const burst = { ca, body: body?.text ?? "", count: effort.requests, concurrency: 16 };
  const run = (rounds: number, rateOf: (name: string) => number | undefined): Promise<Rounds> =>
    runRounds(targets, rounds, ({ name, port }) => load.run({ ...burst, port, rate: rateOf(name) }));
  const saturate = async (): Promise<Figures> => {
    await run(1, () => undefined);
    const rounds = await run(effort.rounds, () => undefined);
    return mapLists(rounds, (results) => results.map(({ seconds }) => effort.requests / seconds));
  };
  const wasteMicroseconds = await differenceMicroseconds(saturate);
  targets.push(await startTarget(wastefulCommand(AS_SLOW, wasteMicroseconds, certificate)));
  const perSecond = await saturate();
  const rows = rowsOf("requests/s, saturated", perSecond, 0);
  for (const { share, of } of LOADS) {
    const results = await run(brief ? 1 : LATENCY_ROUNDS, (name) => share * medianOf(perSecond, of ?? name));
    const at = `at ${share * 100} % of ${of === undefined ? "its own" : `${of}'s`} saturation, ms`;
    const p50 = mapLists(results, (list) => list.map((result) => result.p50));
    const p99 = mapLists(results, (list) => list.map((result) => result.p99));
    rows.push(
      ...rowsOf(`p50 ${at}`, p50, 2),
      ...rowsOf(`p99 ${at}`, p99, 2),
      ...rowsOf(`p99 ${at}, quietest quarter of the rounds`, mapLists(p99, quietestQuarter), 2),
    );
  }
  printTable(
    "Throughput and latency, Pod of 3 kB",
    ["figure", "target", "median (lowest-highest)", "pullring / this"],
    rows,
  );
}

/** How much longer pullring takes for a request than the bare server when both are saturated. */
async function differenceMicroseconds(saturate: () => Promise<Figures>): Promise<number> {
  const perSecond = await saturate();
  return Math.max(0, 1e6 / medianOf(perSecond, PULLRING) - 1e6 / medianOf(perSecond, BARE));
}

/** Results of each target by its name, one for each round. */
type Rounds = ReadonlyMap<string, readonly BurstResult[]>;

/** Every other round goes backwards, so that none always comes after the one that suffers most. */
async function runRounds(
  targets: readonly Target[],
  rounds: number,
  run: (target: Target) => Promise<BurstResult>,
): Promise<Rounds> {
  const results = new Map<string, BurstResult[]>(targets.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const target of round % 2 === 0 ? targets : targets.toReversed()) {
      await sleep(SETTLE_MS);
      results.get(target.name)?.push(await run(target));
    }
  }
  return results;
}

type Figures = ReadonlyMap<string, readonly number[]>;

function mapLists<From, To>(
  lists: ReadonlyMap<string, readonly From[]>,
  map: (list: readonly From[]) => readonly To[],
): ReadonlyMap<string, readonly To[]> {
  return new Map(Array.from(lists, ([name, list]) => [name, map(list)]));
}

/** The rounds that the machine disturbed least, as far as one can tell: its own tasks take a core for milliseconds. */
function quietestQuarter(values: readonly number[]): readonly number[] {
  return values.toSorted((a, b) => a - b).slice(0, Math.ceil(values.length / 4));
}

function medianOf(figures: Figures, name: string): number {
  return summarise(figures.get(name) ?? []).median;
}

function rowsOf(what: string, figures: Figures, digits: number): string[][] {
  const ours = medianOf(figures, PULLRING);
  return Array.from(figures, ([name, values]) => {
    const summary = summarise(values);
    return [what, name, show(summary, digits), `${(ours / summary.median).toFixed(2)} x`];
  });
}
