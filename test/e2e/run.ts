/**
 * Runs the tests that need a real control plane: `node --import tsx test/e2e/run.ts [PART OF A PATH]...`. Binaries that
 * cannot be had are a failure, never a reason to skip. Two files run at a time: they wait more than they work.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { findBinaries } from "./binaries/find.ts";

const filters = process.argv.slice(2);
const files = readdirSync("test", { recursive: true, encoding: "utf8" })
  .filter((path) => /^e2e\/.*\.test\.ts$|\.cluster\.test\.ts$/.test(path))
  .map((path) => `test/${path}`)
  .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)))
  .sort();

try {
  if (files.length === 0) throw new Error(`no test file has ${filters.join(" or ")} in its path`);
  await findBinaries(["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"]);
  const runner = ["--import", "tsx", "--test", "--test-reporter=spec", "--test-concurrency=2"];
  const { status } = spawnSync(process.execPath, [...runner, "--test-timeout=600000", ...files], {
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
