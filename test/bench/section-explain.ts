/** Whole-process times of the command line, against a Node process that does nothing. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { portOfLogLine, pullringCommand } from "./commands.ts";
import type { BenchContext } from "./context.ts";
import { secret, writeCredentials } from "./credentials-file.ts";
import { printTable, show, summarise } from "./table.ts";

const EXAMPLES = "manifests/examples";

/** Prints how long `explain` on one Pod, on 10,000 Pods, and a start of `serve` take. */
export async function benchExplain(context: BenchContext): Promise<void> {
  const count = context.brief ? 100 : 10_000;
  const [pods, secrets] = writeMany(context.directory, count);
  const few = join(context.directory, "few.json");
  writeCredentials(few, { namespaces: 2, perNamespace: 2, serving: true });
  const onePod = [`${EXAMPLES}/workloads/pod.yml`, `${EXAMPLES}/credentials`] as const;
  const measured: readonly (readonly [string, number, () => number | Promise<number>])[] = [
    ["node -e 0", 15, () => timeOf(["-e", "0"])],
    ["explain, one Pod", 15, () => timeOf(explainArguments(...onePod))],
    [`explain, ${count} Pods with ${count} Secrets`, 3, () => timeOf(explainArguments(pods, secrets))],
    [
      "serve, start to ready",
      7,
      () => timeToReady(pullringCommand("serve", few, context.certificate).arguments),
    ],
  ];
  const figures = new Map<string, number[]>(measured.map(([name]) => [name, []]));
  for (let round = 0; round < (context.brief ? 1 : 15); round += 1) {
    for (const [name, rounds, measure] of measured) {
      if (round < rounds) {
        figures.get(name)?.push(await measure());
      }
    }
  }
  const median = (name: string): number => summarise(figures.get(name) ?? []).median;
  printTable(
    "Whole processes",
    ["what", "ms", "against node -e 0"],
    measured.map(([name]) => [
      name,
      show(summarise(figures.get(name) ?? []), 0),
      `${(median(name) / median("node -e 0")).toFixed(1)} x`,
    ]),
  );
}

function explainArguments(input: string, credentials: string): readonly string[] {
  return ["dist/pullring.cjs", "explain", "-f", input, "--credentials", credentials, "-o", "json"];
}

function writeMany(directory: string, count: number): readonly [string, string] {
  const numbers = Array.from({ length: count }, (_, index) => index);
  const pods = numbers.map((index) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `pod-${index}`, namespace: `ns-${index % 100}` },
    spec: { containers: [{ name: "app", image: `registry-${index}.example.com/team/app:1` }] },
  }));
  const secrets = numbers.map((index) =>
    secret(`ns-${index % 100}`, `credential-${index}`, `registry-${index}.example.com`),
  );
  return [pods, secrets].map((items, index) => {
    const file = join(directory, `many-${index}.json`);
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    return file;
  }) as [string, string];
}

function timeOf(args: readonly string[]): number {
  const begin = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: "ignore" });
  if (status !== 0) {
    throw new Error(`${args.join(" ")} ended with status ${status}`);
  }
  return performance.now() - begin;
}

async function timeToReady(args: readonly string[]): Promise<number> {
  const begin = performance.now();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    if (portOfLogLine(line) !== undefined) {
      break;
    }
  }
  const elapsed = performance.now() - begin;
  child.kill("SIGKILL");
  await once(child, "exit");
  return elapsed;
}
