/**
 * Command line of the binaries: finds or builds those named as arguments (by default all that a control plane needs) and
 * prints one absolute path a line, so that a first test run does not spend its time on the build.
 */
import { findBinaries } from "./find.ts";
import { type BinaryName, goModules } from "./go-module.ts";

const controlPlane: readonly BinaryName[] = ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"];

try {
  const wanted = process.argv.slice(2);
  const binaries = await findBinaries(wanted.length === 0 ? controlPlane : wanted.map(parseName));
  process.stdout.write(`${Object.values(binaries).join("\n")}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function parseName(text: string): BinaryName {
  const known = goModules.flatMap((module) => Object.keys(module.packages) as BinaryName[]);
  const name = known.find((candidate) => candidate === text);
  if (name === undefined) throw new Error(`no binary ${JSON.stringify(text)}; there are ${known.join(", ")}`);
  return name;
}
