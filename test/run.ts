/**
 * Runs a suite of tests with the reporter for people: `node --import tsx test/run.ts SUITE [PART OF A PATH]...`. The name of a
 * file says where it belongs: `keyring.test.ts` to the suite `unit`, `story.cluster.test.ts` to `cluster`. The rest is Node's
 * own runner and its exit status; Node 20 takes no patterns, so that the files are found here.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
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
  /** What has to be there first. Binaries that cannot be had are a failure, never a reason to skip. */
  readonly prepare?: () => Promise<unknown>;
  /** Runs the files; else the runner does, in this machine's own namespaces. */
  readonly runFiles?: (runner: readonly string[], files: readonly string[]) => Promise<number>;
}

const CONTROL_PLANE = ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"] as const;

/** Argument that lets the node suite end well where it cannot run. */
const ALLOW_SKIP = "--allow-skip";

const SUITES: Readonly<Record<string, Suite>> = {
  // One more than there are cores keeps all of them busy: some tests wait.
  unit: { concurrency: availableParallelism() + 1, joinsFolders: true, timeoutSeconds: 300 },
  // They wait more than they work.
  cluster: { concurrency: 2, timeoutSeconds: 600, prepare: () => findBinaries(CONTROL_PLANE) },
  image: { concurrency: 1, timeoutSeconds: 1200 },
  node: {
    // In each of the two networks.
    concurrency: 1,
    timeoutSeconds: 300,
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
  const limits = [`--test-concurrency=${suite.concurrency}`, `--test-timeout=${suite.timeoutSeconds}000`];
  const runner = [process.execPath, "--import", "tsx", "--test", "--test-reporter=spec", ...limits];
  const directory = mkdtempSync(join(tmpdir(), "pullring-tests-"));
  try {
    return await (suite.runFiles ?? runFiles)(
      runner,
      suite.joinsFolders === true ? joinFolders(files, directory) : files,
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
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
