/** Node 24 from its npm package, once for each machine, where .ci/run looks for it as well. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Path of the program. @throws Error when npm cannot fetch it */
export function findNode24(): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const prefix = join(cache, "pullring", "node-24");
  const program = join(prefix, "node_modules", "node", "bin", "node");
  if (!existsSync(program)) {
    execFileSync("npm", ["install", "--no-save", "--prefix", prefix, "node@24"], { stdio: "ignore" });
  }
  return program;
}
