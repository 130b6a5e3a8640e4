/** Throughput when saturated, and latency at fixed rates below that, beside the bare server. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bodiesFor } from "./bodies.ts";
import { baselineCommands, pullringCommand } from "./commands.ts";
import type { BenchContext } from "./context.ts";
import { writeCredentials } from "./credentials-file.ts";
import type { BurstResult } from "./load.ts";
import { printTable, show, summarise } from "./table.ts";
import { startTarget, type Target } from "./target.ts";

/** Prints requests per second at saturation, and p50 and p99 at shares of that. */
export async function benchLatency(context: BenchContext): Promise<void> {
  const credentials = join(context.directory, "latency.json");
  writeCredentials(credentials, { namespaces: 1000, perNamespace: 5, serving: true });
  const baselines = baselineCommands(context.certificate);
  const targets: Target[] = [];
  try {
    for (const command of [
      pullringCommand("pullring inject", credentials, context.certificate),
      ...baselines,
    ]) {
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
  { share: 0.3, of: "bare-node" },
  { share: 0.7, of: "bare-node" },
  { share: 0.7 },
];

async function measure({ load, ca, effort, brief }: BenchContext, targets: readonly Target[]): Promise<void> {
  const [body] = bodiesFor("ns-42");
  const burst = { ca, body: body?.text ?? "", count: effort.requests, concurrency: 16 };
  const run = (rounds: number, rateOf: (name: string) => number | undefined): Promise<Rounds> =>
    runRounds(targets, rounds, ({ name, port }) => load.run({ ...burst, port, rate: rateOf(name) }));
  await run(1, () => undefined);
  const saturated = await run(effort.rounds, () => undefined);
  const perSecond = mapFigures(saturated, ({ seconds }) => effort.requests / seconds);
  const saturationOf = (name: string): number => summarise(perSecond.get(name) ?? []).median;
  const rows = rowsOf("requests/s, saturated", perSecond, 0);
  for (const { share, of } of LOADS) {
    const results = await run(brief ? 1 : LATENCY_ROUNDS, (name) => share * saturationOf(of ?? name));
    const at = `at ${share * 100} % of ${of === undefined ? "its own" : `${of}'s`} saturation, ms`;
    for (const quantile of ["p50", "p99"] as const) {
      const figures = mapFigures(results, (result) => result[quantile]);
      rows.push(...rowsOf(`${quantile} ${at}`, figures, 2));
    }
  }
  printTable(
    "Throughput and latency, Pod of 3 kB",
    ["figure", "target", "median (lowest-highest)", "pullring / this"],
    rows,
  );
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

function mapFigures(rounds: Rounds, read: (result: BurstResult) => number): Figures {
  return new Map(Array.from(rounds, ([name, results]) => [name, results.map(read)]));
}

function rowsOf(what: string, figures: Figures, digits: number): string[][] {
  const { median } = summarise(figures.get("pullring inject") ?? []);
  return Array.from(figures, ([name, values]) => {
    const summary = summarise(values);
    return [what, name, show(summary, digits), `${(median / summary.median).toFixed(2)} x`];
  });
}
