/**
 * `npm run bench -- [SECTION]... [--brief] [--against BUNDLE] [--node NODE]`: measures today's build and says whether it keeps
 * the budget of docs/performance.md; its exit status is 1 where it does not. `--against` names the bundle of another build,
 * measured in the same run. `--brief` measures little and allows three times as much. `--node` is the Node of pullring in the cluster.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { makeServingCertificate } from "../e2e/webhook/serving-certificate.ts";
import { type BenchContext, type LoadedCluster, startLoadedCluster } from "./cluster.ts";
import { Budget } from "./report.ts";
import { benchBaselines } from "./section-baselines.ts";
import { benchDoctor } from "./section-doctor.ts";
import { benchExplain } from "./section-explain.ts";
import { benchGrowth } from "./section-growth.ts";
import { benchHealing } from "./section-healing.ts";
import { benchMemory } from "./section-memory.ts";
import { benchPods } from "./section-pods.ts";
import { benchServers } from "./section-servers.ts";
import { benchSharing } from "./section-sharing.ts";
import { pin } from "./targets.ts";

const SECTIONS = {
  baselines: benchBaselines,
  growth: benchGrowth,
  explain: benchExplain,
  memory: benchMemory,
  pods: benchPods,
  servers: benchServers,
  healing: benchHealing,
  doctor: benchDoctor,
  sharing: benchSharing,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { brief: { type: "boolean", default: false }, against: { type: "string" }, node: { type: "string" } },
});
const { brief, against, node = process.execPath } = values;
const names = Object.keys(SECTIONS) as (keyof typeof SECTIONS)[];
const unknown = positionals.filter((name) => !Object.hasOwn(SECTIONS, name));
if (unknown.length > 0) {
  console.error(`unknown section ${unknown.join(", ")}; there are ${names.join(", ")}`);
  process.exit(2);
}
// This process is the load, and a control plane is its child: both stay off the core of what is measured.
pin(process.pid, 1);
const directory = mkdtempSync(join(tmpdir(), "pullring-bench-"));
let cluster: Promise<LoadedCluster> | undefined;
const context: BenchContext = {
  brief,
  against,
  node,
  directory,
  certificate: await makeServingCertificate(directory, "bench"),
  budget: new Budget(brief),
  cluster: () => {
    cluster ??= startLoadedCluster({ brief, node });
    return cluster;
  },
};
try {
  console.log(`Node ${process.version}, ${new Date().toISOString().slice(0, 10)}${brief ? ", brief" : ""}`);
  for (const name of names) if (positionals.length === 0 || positionals.includes(name)) await SECTIONS[name](context);
  if (!context.budget.finish()) process.exitCode = 1;
} finally {
  await (await cluster?.catch(() => undefined))?.plane.stop();
  rmSync(directory, { recursive: true, force: true });
}
