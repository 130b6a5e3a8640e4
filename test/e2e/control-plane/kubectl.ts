/** Runs the real kubectl, where a person would use it. */
import { spawn } from "node:child_process";
import { processEnvironment } from "./managed-process.ts";

/** What a command that succeeded printed. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs kubectl to its end. @param input for `-f -` @throws Error with what it printed when its status is not 0 in a minute */
export async function runKubectl(
  binary: string,
  { env, args, input }: { readonly env: NodeJS.ProcessEnv; readonly args: readonly string[]; readonly input: string },
): Promise<Printed> {
  const child = spawn(binary, args, {
    env: { ...processEnvironment(), ...env },
    stdio: ["pipe", "pipe", "pipe"],
    timeout: 60_000,
  });
  const printed = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      printed[stream] += text;
    });
  }
  // kubectl may end without having read its input; the status counts, not the broken pipe.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: status ${code}: ${printed.stderr}`);
  return printed;
}
