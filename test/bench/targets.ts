/** Servers under measurement: each a process of its own on core 0, with CPU time and memory from the kernel's accounts. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { waitUntil } from "../wait-until.ts";
import type { BenchContext } from "./cluster.ts";

/** A running target. */
export interface Target {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  stop(): void;
}

/** How to start a target. */
export interface TargetCommand {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** The build of `npm run build`. */
export const TODAY = "dist/pullring.cjs";

/**
 * Flags of Node in a container of the image.
 * @param memoryLimit of the container, in MiB: half of it is for the old space
 * @see Dockerfile
 */
export function imageFlags(memoryLimit = 256): readonly string[] {
  return [`--max-old-space-size=${memoryLimit / 2}`, "--max-semi-space-size=4", "--enable-source-maps"];
}

/** Memory limit of a container for 100,000 credentials, in MiB. */
const ROOMY_LIMIT = 512;

/** `pullring serve` of a build with the credentials of a file, logging as it does by default. */
export function pullringCommand(
  name: string,
  { build, credentials, certificate }: Pick<BenchContext, "certificate"> & Record<"build" | "credentials", string>,
): TargetCommand {
  const tls = ["--tls=files", `--tls-cert-file=${certificate.certFile}`, `--tls-key-file=${certificate.keyFile}`];
  const listen = ["--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0"];
  const args = [...imageFlags(ROOMY_LIMIT), build, "serve", `--credentials=${credentials}`, ...tls, ...listen];
  return { name, command: process.execPath, args };
}

/** The webhook that a Go team would write; undefined where Go is not installed. */
export function controllerRuntimeCommand({ certificate }: BenchContext): TargetCommand | undefined {
  if (spawnSync("go", ["version"]).status !== 0) return undefined;
  const binary = resolve("dist/bench/controller-runtime");
  mkdirSync("dist/bench", { recursive: true });
  const cwd = fileURLToPath(new URL("./go", import.meta.url));
  execFileSync("go", ["build", "-o", binary, "./controller-runtime"], { cwd, stdio: "inherit" });
  return { name: "controller-runtime", command: binary, args: [certificate.certFile, certificate.keyFile] };
}

/** Starts the targets, measures, and ends them. @param directory for their output */
export async function withTargets(
  commands: readonly TargetCommand[],
  directory: string,
  measure: (targets: readonly Target[]) => Promise<void>,
): Promise<void> {
  const targets: Target[] = [];
  try {
    for (const command of commands) targets.push(await startTarget(command, directory));
    await measure(targets);
  } finally {
    for (const target of targets) target.stop();
  }
}

/** Starts a target and waits until its output names the port. @throws Error when it ends before that */
async function startTarget({ name, command, args }: TargetCommand, directory: string): Promise<Target> {
  const path = join(directory, `${name}.log`);
  const log = openSync(path, "w");
  const child = spawn(command, args, { stdio: ["ignore", log, "inherit"] });
  closeSync(log);
  const pid = child.pid ?? 0;
  pin(pid, 0);
  const port = await waitUntil(`the port of ${name}`, () => {
    if (child.exitCode !== null) throw new Error(`${name} ended before it listened`);
    return portIn(readFileSync(path, "utf8"));
  });
  return { name, pid, port, stop: () => void child.kill("SIGKILL") };
}

/** pullring's webhook logs its address; controller-runtime's prints its port. */
function portIn(output: string): number | undefined {
  const lines = output.split("\n").slice(0, -1);
  const line = lines.find((text) => text.includes('"logger":"webhook"') || text.startsWith('{"port"'));
  return line === undefined ? undefined : Number(/(?::|"port":)(\d+)"?[,}]/.exec(line.replace(/"ts":[^,]*,/, ""))?.[1]);
}

/** Keeps a process and its threads on one core, where the system can. */
export function pin(pid: number, core: number): void {
  spawnSync("taskset", ["-a", "-c", "-p", String(core), String(pid)], { stdio: "ignore" });
}

/**
 * CPU time of all threads of a process until now.
 * @see Documentation/scheduler/sched-stats.rst: the first figure is the time spent on a core, in nanoseconds
 */
export function cpuMicrosecondsOf(pid: number): number {
  const nanoseconds = (thread: string): number =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + nanoseconds(thread), 0) / 1000;
}

/** Resident memory of a process, in MiB. */
export function residentMebibytesOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}
