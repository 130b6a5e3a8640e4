/** How the CPU per request grows with the credentials: over many namespaces, and in one. */
import { join } from "node:path";
import { bodiesFor } from "./bodies.ts";
import { pullringCommand } from "./commands.ts";
import type { BenchContext } from "./context.ts";
import { measureCpu } from "./cpu-per-request.ts";
import { type CredentialPlan, writeCredentials } from "./credentials-file.ts";
import { printTable, show, summarise } from "./table.ts";
import { startTarget, type Target } from "./target.ts";

const SPREAD: readonly (readonly [string, CredentialPlan])[] = [100, 10_000, 100_000].map((count) => [
  `${count} credentials in ${count / 5} namespaces`,
  { namespaces: count / 5, perNamespace: 5, serving: true },
]);

function inOneNamespace(what: string, plan: Pick<CredentialPlan, "serving" | "globs">): typeof SPREAD {
  return [1, 100, 1000, 10_000].map((count) => [
    `${count}, ${what}`,
    { namespaces: 1, perNamespace: count, ...plan },
  ]);
}

/** Prints four tables, each with the growth against its first row. */
export async function benchGrowth(context: BenchContext): Promise<void> {
  await compare(context, "Credentials spread over namespaces", SPREAD);
  await compare(
    context,
    "Credentials in one namespace",
    inOneNamespace("image served by one", { serving: true }),
  );
  await compare(
    context,
    "Credentials in one namespace",
    inOneNamespace("image served by none", { serving: false }),
  );
  await compare(
    context,
    "Credentials in one namespace",
    inOneNamespace("keys with a star", { serving: true, globs: true }),
  );
}

async function compare(context: BenchContext, title: string, plans: typeof SPREAD): Promise<void> {
  const targets: Target[] = [];
  try {
    for (const [name, plan] of plans) {
      const file = join(context.directory, `${targets.length}.json`);
      writeCredentials(file, plan);
      targets.push(await startTarget(pullringCommand(name, file, context.certificate)));
    }
    const [body] = bodiesFor("ns-0");
    if (body === undefined) {
      return;
    }
    const figures = await measureCpu(
      targets.map((target) => ({ target, body })),
      context,
    );
    const median = (name: string): number => summarise(figures.get(name) ?? []).median;
    const first = targets[0]?.name ?? "";
    printTable(
      title,
      ["loaded", "us per request", "growth"],
      targets.map(({ name }) => [
        name,
        show(summarise(figures.get(name) ?? []), 0),
        `${(median(name) / median(first)).toFixed(2)} x`,
      ]),
    );
  } finally {
    await Promise.all(targets.map((target) => target.stop()));
  }
}
