/**
 * Runs a suite of tests with the reporter for people: `node --import tsx test/run.ts SUITE [PART OF A PATH]...`. The name of a
 * file says where it belongs: `keyring.test.ts` to the suite `unit`, `story.cluster.test.ts` to `cluster`. The rest is Node's
 * own runner and its exit status; Node 20 takes no patterns, so that the files are found here.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { findDebianPackages } from "./e2e/binaries/debian-packages.ts";
import { findBinaries } from "./e2e/binaries/find.ts";
import { runOnNodes } from "./node/boot/enclosure.ts";
import { NODE_BINARIES } from "./node/boot/real-node.ts";

interface Suite {
  /** Files, or folders where they are joined, that run at a time. */
  readonly concurrency: number;
  /** Whether the files of a folder share a process: to start one takes longer than most of them do. */
  readonly joinsFolders?: boolean;
  readonly timeoutSeconds: number;
  /**
   * Whether a few files that failed run once more, one at a time. Their tests are of real processes, which wait for one another on
   * a busy machine; what is wrong fails again, and the output has both runs.
   */
  readonly repeatsFailures?: boolean;
  /** What has to be there first. Binaries that cannot be had are a failure, never a reason to skip. */
  readonly prepare?: () => Promise<unknown>;
  /** Runs the files; else the runner does, in this machine's own namespaces. */
  readonly runFiles?: (runner: readonly string[], files: readonly string[]) => Promise<number>;
}

const CONTROL_PLANE = ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"] as const;

const SPEC_REPORTER = "spec";
const FAILED_FILES_REPORTER = fileURLToPath(new URL("./failed-files.mjs", import.meta.url));
/** More than these are no accident. */
const MOST_REPEATED = 3;

/** Argument that lets the node suite end well where it cannot run. */
const ALLOW_SKIP = "--allow-skip";

const SUITES: Readonly<Record<string, Suite>> = {
  // One more than there are cores keeps all of them busy: some tests wait.
  unit: { concurrency: availableParallelism() + 1, joinsFolders: true, timeoutSeconds: 300 },
  // They wait more than they work.
  cluster: { concurrency: 2, timeoutSeconds: 600, repeatsFailures: true, prepare: () => findBinaries(CONTROL_PLANE) },
  image: { concurrency: 1, timeoutSeconds: 1200 },
  node: {
    // In each of the two networks.
    concurrency: 1,
    timeoutSeconds: 300,
    repeatsFailures: true,
    prepare: async () => {
      if (process.getuid?.() !== 0) {
        throw new Error(
          "a node mounts file systems, so it has to run as root; --allow-skip leaves it out without a failure",
        );
      }
      findDebianPackages();
      await findBinaries([...CONTROL_PLANE, "helm", ...NODE_BINARIES]);
    },
    runFiles: runOnNodes,
  },
};

/** Runs the suite's files that have one of `parts` in their path, or all, and gives the exit status. */
async function run(name: string, parts: readonly string[]): Promise<number> {
  const suite = SUITES[name];
  if (suite === undefined) throw new Error(`no suite ${name}; there are ${Object.keys(SUITES).join(", ")}`);
  const files = readdirSync("test", { recursive: true, encoding: "utf8" })
    .filter((path) => suiteOf(path) === name)
    .map((path) => `test/${path}`)
    .filter((path) => parts.length === 0 || parts.some((part) => path.includes(part)))
    .sort();
  if (files.length === 0) throw new Error(`no test file of ${name} has ${parts.join(" or ")} in its path`);
  await suite.prepare?.();
  const directory = mkdtempSync(join(tmpdir(), "pullring-tests-"));
  try {
    return await runSuite(suite, suite.joinsFolders === true ? joinFolders(files, directory) : files, directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** @param directory for what is noted on the way */
async function runSuite(suite: Suite, files: readonly string[], directory: string): Promise<number> {
  const runAtATime = (concurrency: number, some: readonly string[]): Promise<number> => {
    const limits = [`--test-concurrency=${concurrency}`, `--test-timeout=${suite.timeoutSeconds}000`];
    const reporters = [SPEC_REPORTER, FAILED_FILES_REPORTER].flatMap((reporter) => [
      `--test-reporter=${reporter}`,
      "--test-reporter-destination=stdout",
    ]);
    const runner = [process.execPath, "--import", "tsx", "--test", ...reporters, ...limits];
    return (suite.runFiles ?? runFiles)(runner, some);
  };
  const list = join(directory, "failed-files");
  writeFileSync(list, "");
  process.env.PULLRING_FAILED_FILES = list;
  const status = await runAtATime(suite.concurrency, files);
  const failed = [...new Set(readFileSync(list, "utf8").split("\n"))].filter((file) => file !== "");
  const isFew = failed.length > 0 && failed.length <= MOST_REPEATED;
  if (status === 0 || suite.repeatsFailures !== true || !isFew) return status;
  console.log(`\nFailed, and run once more, one at a time: ${failed.join(", ")}\n`);
  return runAtATime(1, failed);
}

async function runFiles([command = "", ...args]: readonly string[], files: readonly string[]): Promise<number> {
  return spawnSync(command, [...args, ...files], { stdio: "inherit" }).status ?? 1;
}

/** Writes a file for each folder of `test` that imports those of `files` that are below it, and gives the paths. */
function joinFolders(files: readonly string[], directory: string): readonly string[] {
  const folders = new Set<string>();
  for (const file of files) {
    const folder = join(directory, `${file.split("/").slice(0, -1)[1] ?? "test"}.mjs`);
    folders.add(folder);
    appendFileSync(folder, `import ${JSON.stringify(pathToFileURL(file))};\n`);
  }
  return [...folders];
}

/** undefined for a file that is no test. */
function suiteOf(path: string): string | undefined {
  const suffix = /^[^.]+(.*)\.test\.ts$/.exec(basename(path))?.[1];
  return suffix === "" ? "unit" : suffix?.slice(1);
}

const [name = "unit", ...args] = process.argv.slice(2);
const parts = args.filter((arg) => arg !== ALLOW_SKIP);
try {
  if (name === "node" && process.getuid?.() !== 0 && args.includes(ALLOW_SKIP)) {
    console.log("0 passed, 0 failed, 1 skipped: the node tests need root");
  } else process.exitCode = await run(name, parts);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
