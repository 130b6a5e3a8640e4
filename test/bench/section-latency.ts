/** Throughput when saturated, and latency at fixed rates below that, beside the bare server. */
import { join } from "node:path";
import { bodiesFor } from "./bodies.ts";
import { baselineCommands, pullringCommand } from "./commands.ts";
import type { BenchContext } from "./context.ts";
import { writeCredentials } from "./credentials-file.ts";
import { printTable, show, summarise } from "./table.ts";
import { startTarget, type Target } from "./target.ts";

/** Prints requests per second at saturation, and p99 at 30 % and 70 % of the bare server's. */
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

async function measure({ load, ca, effort, brief }: BenchContext, targets: readonly Target[]): Promise<void> {
  const [body] = bodiesFor("ns-42");
  const burst = { ca, body: body?.text ?? "", count: effort.requests, concurrency: 16 };
  const rounds = Array.from({ length: effort.rounds });
  const saturated = new Map<string, number[]>(targets.map(({ name }) => [name, []]));
  for (const _ of [undefined, ...rounds]) {
    for (const { name, port } of targets) {
      const { seconds } = await load.run({ ...burst, port });
      saturated.get(name)?.push(effort.requests / seconds);
    }
  }
  const throughput = (name: string): readonly number[] => (saturated.get(name) ?? []).slice(1);
  const limit = summarise(throughput("bare-node")).median;
  const ratio = (figures: (name: string) => readonly number[], name: string): string =>
    `${(summarise(figures("pullring inject")).median / summarise(figures(name)).median).toFixed(2)} x`;
  const rowsOf = (what: string, figures: (name: string) => readonly number[], digits: number): string[][] =>
    targets.map(({ name }) => [what, name, show(summarise(figures(name)), digits), ratio(figures, name)]);
  const rows = rowsOf("requests/s, saturated", throughput, 0);
  for (const share of [0.3, 0.7]) {
    const p99 = new Map<string, number[]>(targets.map(({ name }) => [name, []]));
    for (let round = 0; round < (brief ? 1 : LATENCY_ROUNDS); round += 1) {
      for (const { name, port } of targets) {
        p99.get(name)?.push((await load.run({ ...burst, port, rate: limit * share })).p99);
      }
    }
    rows.push(...rowsOf(`p99 at ${share * 100} % of saturation, ms`, (name) => p99.get(name) ?? [], 2));
  }
  printTable(
    "Throughput and latency, Pod of 3 kB",
    ["figure", "target", "median (lowest-highest)", "pullring / this"],
    rows,
  );
}
