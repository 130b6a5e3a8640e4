/** How the CPU of a request grows with the credentials: over many namespaces, and in one. */
import type { BenchContext } from "./cluster.ts";
import { type CredentialPlan, measureCpu, recordedReview, writeCredentials } from "./load.ts";
import { median, printTable, show } from "./report.ts";
import { pullringCommand, TODAY, withTargets } from "./targets.ts";

/** Prints a table for each way to grow, and the growth against its first row. */
export async function benchGrowth(context: BenchContext): Promise<void> {
  const spread = [100, 10_000, 100_000].map((count) => ({ namespaces: count / 5, perNamespace: 5, serving: true }));
  await compare(context, "Credentials spread over namespaces", spread, 1.1);
  const inOne = (plan: Pick<CredentialPlan, "serving" | "globs">): readonly CredentialPlan[] =>
    [1, 1000].map((perNamespace) => ({ namespaces: 1, perNamespace, ...plan }));
  await compare(context, "In one namespace, the image served by one", inOne({ serving: true }), 1.5);
  await compare(context, "In one namespace, the image served by none", inOne({ serving: false }), 1.5);
  await compare(context, "In one namespace, keys with a star", inOne({ serving: true, globs: true }), 1.5);
}

async function compare(
  context: BenchContext,
  title: string,
  plans: readonly CredentialPlan[],
  limit: number,
): Promise<void> {
  const { directory, certificate, budget } = context;
  const commands = plans.map((plan) => {
    const name = String(plan.namespaces * plan.perNamespace);
    return pullringCommand(name, { build: TODAY, credentials: writeCredentials(directory, plan), certificate });
  });
  await withTargets(commands, directory, async (targets) => {
    const review = recordedReview("pod-create-direct-kubectl-apply", "ns-0");
    const figures = [...(await measureCpu(targets, review, context))];
    const growth = (values: readonly number[]): number => median(values) / median(figures[0]?.[1] ?? []);
    printTable(
      title,
      ["credentials", "us", "growth"],
      figures.map(([name, values]) => [name, show(values), `${growth(values).toFixed(2)} x`]),
    );
    budget.check(`growth: ${title}`, Math.max(...figures.map(([, values]) => growth(values))), limit, " x");
  });
}
