/**
 * Runs the files of the node suite, each on a node of its own. Everything happens in namespaces (mounts, pids, network) that end
 * with the process that entered them: processes, mounts, interfaces and files vanish even when this one is killed.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { groupName, removeStaleGroups } from "./control-groups.ts";

/** Kills the command when this process ends, and with it, by the kernel's hand, all that it started. */
const ENTER = [
  "setpriv",
  "--pdeathsig",
  "KILL",
  "unshare",
  "--fork",
  "--kill-child",
  "--pid",
  "--mount",
  "--mount-proc",
];

/** Every file of a run is below it: a file system in memory, which only the run sees. */
const SCRATCH: string = join(tmpdir(), "pullring-node");

/**
 * Runs the test files one after another.
 * @param runner command of the test runner, without files
 * @returns exit status: 0 when all passed
 */
export function runOnNodes(runner: readonly string[], files: readonly string[]): number {
  removeStaleGroups();
  mkdirSync(SCRATCH, { recursive: true });
  // The shell stays, as process 1.
  const script = 'mount -t tmpfs tmpfs "$TMPDIR" && "$@"; exit $?';
  const inside = fileURLToPath(new URL("./run-files.ts", import.meta.url));
  const command = [process.execPath, "--import", "tsx", inside, JSON.stringify(runner), ...files];
  return enter(["sh", "-c", script, "sh", ...command], {
    TMPDIR: SCRATCH,
    PULLRING_NODE_GROUP: groupName(process.pid),
  });
}

/** Runs a command in namespaces of its own and returns its exit status. @param flags further ones of unshare */
export function enter(command: readonly string[], env: NodeJS.ProcessEnv, flags: readonly string[] = []): number {
  const [program = "", ...args] = [...ENTER, ...flags, ...command];
  const { status, error } = spawnSync(program, args, { stdio: "inherit", env: { ...process.env, ...env } });
  if (error !== undefined) throw error;
  return status ?? 1;
}
