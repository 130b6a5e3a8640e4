/**
 * Runs the files of the node suite, each on a node of its own. Everything happens in namespaces (mounts, pids, network) that end
 * with the process that entered them: processes, mounts, interfaces and files vanish even when this one is killed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { groupName, removeStaleGroups } from "./control-groups.ts";

/** Kills the command when this process ends, and with it, by the kernel's hand, all that it started. */
const ENTER = [
  ...["--pdeathsig", "KILL"],
  ...["unshare", "--fork", "--kill-child", "--pid", "--mount", "--mount-proc"],
];

/**
 * Runs the test files.
 * @param runner command of the test runner, without files
 * @returns exit status: 0 when all passed
 */
export async function runOnNodes(runner: readonly string[], files: readonly string[]): Promise<number> {
  removeStaleGroups();
  // Every file of a run is below it: a file system in memory, which only the run sees.
  const scratch = join(tmpdir(), "pullring-node");
  mkdirSync(scratch, { recursive: true });
  // The shell stays, as process 1.
  const script = 'mount -t tmpfs tmpfs "$TMPDIR" && "$@"; exit $?';
  const inside = fileURLToPath(new URL("./run-files.ts", import.meta.url));
  const command = [process.execPath, "--import", "tsx", inside, JSON.stringify(runner), ...files];
  const env = { TMPDIR: scratch, PULLRING_NODE_GROUP: groupName(process.pid) };
  const child = enter(["sh", "-c", script, "sh", ...command], { env, stdio: "inherit" });
  await once(child, "close");
  return child.exitCode ?? 1;
}

/** How a command is run. */
export interface EnterOptions {
  /** Added to this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  /** Further flags of unshare. */
  readonly flags?: readonly string[];
  readonly stdio: "inherit" | "pipe";
}

/** Starts a command in namespaces of its own. */
export function enter(command: readonly string[], { env, flags = [], stdio }: EnterOptions): ChildProcess {
  const args = [...ENTER, ...flags, ...command];
  return spawn("setpriv", args, { stdio: ["ignore", stdio, stdio], env: { ...process.env, ...env } });
}
