/**
 * `npm run bench`: pullring beside its baselines in one run, as tables of ratios. `--brief` makes every measurement once and
 * short, to see that it works; names of sections as arguments choose among them.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLocalCertificate } from "./certificate.ts";
import { BRIEF_SIZE, FULL_SIZE, type LoadedCluster, startLoadedCluster } from "./cluster/loaded-cluster.ts";
import { benchAdmission } from "./cluster/section-admission.ts";
import { benchLoading } from "./cluster/section-loading.ts";
import { benchReads } from "./cluster/section-reads.ts";
import { benchRelist } from "./cluster/section-relist.ts";
import { benchScale } from "./cluster/section-scale.ts";
import type { BenchContext } from "./context.ts";
import { startLoad } from "./load-process.ts";
import { benchAgainstBaselines } from "./section-baselines.ts";
import { benchExplain } from "./section-explain.ts";
import { benchGrowth } from "./section-growth.ts";
import { benchLatency } from "./section-latency.ts";

type Section = (context: BenchContext) => Promise<void>;

const WITHOUT_CLUSTER: Readonly<Record<string, Section>> = {
  baselines: benchAgainstBaselines,
  latency: benchLatency,
  growth: benchGrowth,
  explain: benchExplain,
};
/** The relists come last, as the control plane stays in the background from then on. */
const IN_CLUSTER: Readonly<Record<string, Section>> = {
  loading: benchLoading,
  admission: benchAdmission,
  reads: benchReads,
  relist: benchRelist,
};
const SECTIONS: Readonly<Record<string, Section>> = {
  ...WITHOUT_CLUSTER,
  ...IN_CLUSTER,
  scale: benchScale,
};

const brief = process.argv.includes("--brief");
const names = chosenSections(process.argv.slice(2).filter((argument) => argument !== "--brief"));
const directory = mkdtempSync(join(tmpdir(), "pullring-bench-"));
const load = startLoad();
let cluster: Promise<LoadedCluster> | undefined;
try {
  const certificate = await createLocalCertificate(directory);
  const ca = readFileSync(certificate.ca, "utf8");
  const effort = brief ? { rounds: 1, requests: 200 } : { rounds: 7, requests: 5000 };
  console.log(
    `Node ${process.version}, ${new Date().toISOString().slice(0, 10)}${brief ? ", brief: figures mean nothing" : ""}`,
  );
  const loadedCluster = (): Promise<LoadedCluster> => {
    cluster ??= startLoadedCluster(brief ? BRIEF_SIZE : FULL_SIZE);
    return cluster;
  };
  for (const name of names) {
    await SECTIONS[name]?.({ load, ca, certificate, directory, effort, brief, cluster: loadedCluster });
  }
} finally {
  load.stop();
  await (await cluster?.catch(() => undefined))?.plane.stop();
  rmSync(directory, { recursive: true, force: true });
}

/** `cluster` stands for all sections in a cluster; a full run leaves out the scale run, which takes its own time. */
function chosenSections(chosen: readonly string[]): readonly string[] {
  const expanded = chosen.flatMap((name) => (name === "cluster" ? Object.keys(IN_CLUSTER) : [name]));
  const unknown = expanded.filter((name) => !Object.hasOwn(SECTIONS, name));
  if (unknown.length > 0) {
    console.error(
      `unknown section ${unknown.join(", ")}; there are ${Object.keys(SECTIONS).join(", ")}, and cluster`,
    );
    process.exit(2);
  }
  if (expanded.length > 0) {
    return expanded;
  }
  return Object.keys(SECTIONS).filter((name) => brief || name !== "scale");
}
