/**
 * Runs the tests that need no cluster, with the reporter for people: `node --import tsx test/run.ts [PART OF A PATH]...`.
 * It finds the files by itself, as Node 20 takes no patterns; the rest is Node's own runner and its exit status.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Folders whose tests need a control plane, a Go toolchain, root or a quiet machine; so do files that end in `.cluster.test.ts`. */
const SEPARATE = ["e2e", "oracle", "bench", "image"];

const filters = process.argv.slice(2);
const files = readdirSync("test", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".test.ts") && !path.endsWith(".cluster.test.ts"))
  .filter((path) => !SEPARATE.includes(path.split("/", 1).join()))
  .map((path) => `test/${path}`)
  .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)))
  .sort();

if (files.length === 0) {
  console.error(`no test file has ${filters.join(" or ")} in its path`);
  process.exitCode = 2;
} else {
  // Starting a file costs more than running most of them, so one more than there are cores keeps all of them busy.
  const concurrency = `--test-concurrency=${availableParallelism() + 1}`;
  const runner = ["--import", "tsx", "--test", concurrency, "--test-reporter=spec", "--test-timeout=300000"];
  const { status } = spawnSync(process.execPath, [...runner, ...files], { stdio: "inherit" });
  process.exitCode = status ?? 1;
}
