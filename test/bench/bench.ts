/**
 * `npm run bench`: pullring beside its baselines in one run, as tables of ratios. `--brief` makes every measurement once and
 * short, to see that it works; names of sections as arguments choose among them.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLocalCertificate } from "./certificate.ts";
import type { BenchContext } from "./context.ts";
import { startLoad } from "./load-process.ts";
import { benchAgainstBaselines } from "./section-baselines.ts";
import { benchExplain } from "./section-explain.ts";
import { benchGrowth } from "./section-growth.ts";
import { benchLatency } from "./section-latency.ts";

const SECTIONS: Readonly<Record<string, (context: BenchContext) => Promise<void>>> = {
  baselines: benchAgainstBaselines,
  latency: benchLatency,
  growth: benchGrowth,
  explain: benchExplain,
};

const names = process.argv.slice(2).filter((argument) => argument !== "--brief");
const unknown = names.filter((name) => !Object.hasOwn(SECTIONS, name));
if (unknown.length > 0) {
  console.error(`unknown section ${unknown.join(", ")}; there are ${Object.keys(SECTIONS).join(", ")}`);
  process.exit(2);
}
const brief = process.argv.includes("--brief");
const directory = mkdtempSync(join(tmpdir(), "pullring-bench-"));
const load = startLoad();
try {
  const certificate = await createLocalCertificate(directory);
  const ca = readFileSync(certificate.ca, "utf8");
  const effort = brief ? { rounds: 1, requests: 200 } : { rounds: 7, requests: 5000 };
  console.log(
    `Node ${process.version}, ${new Date().toISOString().slice(0, 10)}${brief ? ", brief: figures mean nothing" : ""}`,
  );
  for (const name of names.length > 0 ? names : Object.keys(SECTIONS)) {
    await SECTIONS[name]?.({ load, ca, certificate, directory, effort, brief });
  }
} finally {
  load.stop();
  rmSync(directory, { recursive: true, force: true });
}
