/** CPU of a request with 50,000 credentials in 10,000 namespaces: today's build, another build, and controller-runtime. */
import type { BenchContext } from "./cluster.ts";
import { measureCpu, recordedReview, writeCredentials } from "./load.ts";
import { median, printTable, show } from "./report.ts";
import { controllerRuntimeCommand, pullringCommand, TODAY, withTargets } from "./targets.ts";

const REVIEWS = { Pod: "pod-create-direct-kubectl-apply", Deployment: "deployment-create" } as const;

/** Prints a table for a Pod of 3 kB and one for a Deployment: microseconds of each target, and pullring's share of each other. */
export async function benchBaselines(context: BenchContext): Promise<void> {
  const { directory, certificate, against, budget, brief } = context;
  const size = { namespaces: brief ? 100 : 10_000, perNamespace: 5 };
  const [inject, skip] = [true, false].map((serving) => writeCredentials(directory, { ...size, serving }));
  const pullring = (name: string, build: string) => [
    pullringCommand(`${name} inject`, { build, credentials: inject ?? "", certificate }),
    pullringCommand(`${name} skip`, { build, credentials: skip ?? "", certificate }),
  ];
  const go = controllerRuntimeCommand(context);
  const commands = [
    ...pullring("pullring", TODAY),
    ...(against === undefined ? [] : pullring("before", against)),
    ...(go === undefined ? [] : [go]),
  ];
  await withTargets(commands, directory, async (targets) => {
    for (const [kind, review] of Object.entries(REVIEWS)) {
      const figures = await measureCpu(targets, recordedReview(review, "ns-42"), context);
      const ratio = (what: string, to: string): number =>
        median(figures.get(`pullring ${what}`) ?? []) / median(figures.get(to) ?? []);
      printTable(
        `CPU of a request, ${kind}, ${size.namespaces * size.perNamespace} credentials`,
        ["target", "us", "inject / this", "skip / this"],
        [...figures].map(([name, values]) => [
          name,
          show(values),
          `${ratio("inject", name).toFixed(2)} x`,
          `${ratio("skip", name).toFixed(2)} x`,
        ]),
      );
      if (kind !== "Pod") continue;
      if (against !== undefined) {
        budget.check("CPU of an injection / the build before", ratio("inject", "before inject"), 1.25, " x");
        budget.check("CPU of a skip / the build before", ratio("skip", "before skip"), 1.15, " x");
      }
      if (go !== undefined) {
        budget.check("CPU of an injection / controller-runtime", ratio("inject", go.name), 0.3, " x");
      }
    }
  });
}
