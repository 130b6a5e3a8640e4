/** CPU per request of pullring with 50,000 credentials in 10,000 namespaces, against four other webhooks. */
import { join } from "node:path";
import { type Body, bodiesFor } from "./bodies.ts";
import { baselineCommands, pullringCommand } from "./commands.ts";
import type { BenchContext } from "./context.ts";
import { type Effort, measureCpu } from "./cpu-per-request.ts";
import { writeCredentials } from "./credentials-file.ts";
import { printTable, show, summarise } from "./table.ts";
import { startTarget, type Target } from "./target.ts";

/** Prints the table: microseconds of each target and pullring's share of each baseline. */
export async function benchAgainstBaselines(context: BenchContext): Promise<void> {
  const namespaces = context.brief ? 100 : 10_000;
  const [serving, other] = ["inject", "skip"].map((name) => join(context.directory, `${name}.json`)) as [
    string,
    string,
  ];
  writeCredentials(serving, { namespaces, perNamespace: 5, serving: true });
  writeCredentials(other, { namespaces, perNamespace: 5, serving: false });
  const commands = [
    pullringCommand("pullring inject", serving, context.certificate),
    pullringCommand("pullring skip", other, context.certificate),
    ...baselineCommands(context.certificate),
  ];
  const targets: Target[] = [];
  try {
    for (const command of commands) {
      targets.push(await startTarget(command));
    }
    for (const body of bodiesFor("ns-42")) {
      const figures = await measureCpu(
        targets.map((target) => ({ target, body })),
        { ...context, effort: effortFor(body, context.effort) },
      );
      const medianOf = (name: string): number => summarise(figures.get(name) ?? []).median;
      printTable(
        `CPU per request, ${body.name}, ${namespaces * 5} credentials loaded`,
        ["target", "us", "inject / this", "skip / this"],
        targets.map(({ name }) => [
          name,
          show(summarise(figures.get(name) ?? []), 0),
          `${(medianOf("pullring inject") / medianOf(name)).toFixed(2)} x`,
          `${(medianOf("pullring skip") / medianOf(name)).toFixed(2)} x`,
        ]),
      );
    }
    console.log(
      `\nResident memory: ${targets.map((target) => `${target.name} ${target.residentMebibytes().toFixed(0)} MiB`).join(", ")}`,
    );
  } finally {
    await Promise.all(targets.map((target) => target.stop()));
  }
}

/** A long body takes ten times as long, and its figures spread less. */
function effortFor({ text }: Body, { rounds, requests }: Effort): Effort {
  return { rounds, requests: text.length > LONG_BODY ? Math.ceil(requests / LONG_BODY_SHARE) : requests };
}

/** From this length on, in characters, fewer requests are sent: */
const LONG_BODY = 100_000;
const LONG_BODY_SHARE = 5;
