/** Finds processes by their command; those of containers are seen from their node as well. */
import { readdirSync, readFileSync } from "node:fs";

/** Pids of processes that have `word` as an argument. */
export function processesOf(word: string): readonly number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => commandOf(pid).split("\0").includes(word)).map(Number);
}

/** "" when it has ended meanwhile. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
