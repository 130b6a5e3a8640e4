/**
 * Finds or builds the binaries named as arguments (by default all that a control plane needs) and prints one absolute path a
 * line, so that a first test run does not spend its time on the build.
 */
import { findBinaries } from "./find.ts";
import type { BinaryName } from "./go-module.ts";

const CONTROL_PLANE: readonly BinaryName[] = ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"];

try {
  const names = process.argv.slice(2) as BinaryName[];
  const binaries = await findBinaries(names.length === 0 ? CONTROL_PLANE : names);
  process.stdout.write(`${Object.values(binaries).join("\n")}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
