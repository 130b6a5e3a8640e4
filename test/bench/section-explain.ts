/** Whole-process time of `explain` on one Pod, against a Node process that does nothing. */
import { spawnSync } from "node:child_process";
import type { BenchContext } from "./cluster.ts";
import { median, printTable, show } from "./report.ts";
import { TODAY } from "./targets.ts";

/** Prints the times of today's build and of the one before. */
export function benchExplain({ brief, against, budget }: BenchContext): void {
  const files = ["-f", "manifests/examples/workloads/pod.yml", "--credentials", "manifests/examples/credentials"];
  const explain = (build: string): readonly string[] => [build, "explain", ...files];
  const measured: [string, readonly string[], number[]][] = [
    ["node -e 0", ["-e", "0"], []],
    ["explain, one Pod", explain(TODAY), []],
  ];
  if (against !== undefined) measured.push(["the same, before", explain(against), []]);
  for (let round = 0; round < (brief ? 5 : 15); round++) {
    for (const [, args, times] of measured) times.push(timeOf(args));
  }
  const ratio = (times: readonly number[]): number => median(times) / median(measured[0]?.[2] ?? []);
  printTable(
    "Whole processes",
    ["what", "ms", "against node -e 0"],
    measured.map(([name, , times]) => [name, show(times), `${ratio(times).toFixed(1)} x`]),
  );
  budget.check("explain on one Pod / node -e 0", ratio(measured[1]?.[2] ?? []), 2.5, " x");
}

function timeOf(args: readonly string[]): number {
  const begin = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: "ignore" });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with status ${status}`);
  return performance.now() - begin;
}
