/** The control groups of a node: the only thing that does not vanish with its namespaces, and where Pods' use of CPU and memory stands. */
import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../../e2e/control-plane/managed-process.ts";

const ROOT = "/sys/fs/cgroup";
const PREFIX = "pullring-node-";

/** The name of the group, or the beginning of the names of all groups, of a run that process `pid` began. */
export function groupName(pid: number): string {
  return `${PREFIX}${pid}`;
}

/** Removes the groups of runs that were killed. */
export function removeStaleGroups(): void {
  const names = new Set(hierarchies().flatMap((hierarchy) => readdirSync(hierarchy)));
  for (const name of names) {
    const pid = Number.parseInt(name.slice(PREFIX.length), 10);
    if (name.startsWith(PREFIX) && !isAlive(pid)) removeGroup(name);
  }
}

/** Removes a group and those below it; no process may be left in them. */
export function removeGroup(name: string): void {
  for (const hierarchy of hierarchies()) {
    if (existsSync(join(hierarchy, name))) removeTree(join(hierarchy, name));
  }
}

/** What a Pod has used so far and holds now. */
export interface PodUsage {
  readonly cpuSeconds: number;
  /** Without the page cache, which the kernel takes back. */
  readonly memoryMiB: number;
}

/** @throws Error when there is no group of a Pod with this uid */
export function readPodUsage(uid: string): PodUsage {
  const isUnified = existsSync(join(ROOT, "cgroup.controllers"));
  const groupIn = (controller: string): string => {
    const root = isUnified ? ROOT : join(ROOT, controller);
    const path = findGroup(root, `pod${uid}`);
    if (path === undefined) throw new Error(`no control group of Pod ${uid} in ${root}`);
    return path;
  };
  const numberIn = (text: string, name: string): number =>
    Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1] ?? Number.NaN);
  const read = (controller: string, file: string): string => readFileSync(join(groupIn(controller), file), "utf8");
  const memory = read("memory", "memory.stat");
  return isUnified
    ? { cpuSeconds: numberIn(read("", "cpu.stat"), "usage_usec") / 1e6, memoryMiB: numberIn(memory, "anon") / 2 ** 20 }
    : {
        cpuSeconds: Number(read("cpuacct", "cpuacct.usage")) / 1e9,
        memoryMiB: numberIn(memory, "total_rss") / 2 ** 20,
      };
}

/** The group of this name below a directory. One that vanishes meanwhile is that of a Pod which has ended. */
function findGroup(directory: string, name: string): string | undefined {
  for (const child of childrenOf(directory)) {
    const path = join(directory, child);
    const found = child === name ? path : findGroup(path, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function childrenOf(directory: string): readonly string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function hierarchies(): readonly string[] {
  if (existsSync(join(ROOT, "cgroup.controllers"))) return [ROOT];
  return readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(ROOT, name));
}

function removeTree(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(directory, entry.name));
  }
  rmdirSync(directory);
}
