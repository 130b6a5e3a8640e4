/** Runs the built program as a person does, as a process of its own. `npm test` builds it first. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** The bundle that `bin` in package.json names. */
export const PROGRAM: string = fileURLToPath(new URL("../../dist/pullring.cjs", import.meta.url));

/** What a run left behind. */
export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `pullring` with `args` to its end, `input` being its standard input. @param nodeFlags flags of Node itself */
export async function runPullring(
  args: readonly string[],
  input = "",
  nodeFlags: readonly string[] = [],
): Promise<Run> {
  const child = spawn(process.execPath, [...nodeFlags, PROGRAM, ...args], { stdio: "pipe" });
  child.stdin.on("error", () => undefined).end(input);
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit") as Promise<[number | null]>,
  ]);
  return { status, stdout, stderr };
}
