/** A server under measurement: a process of its own on core 0, with its CPU time and memory read from the kernel's accounts. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A running target. */
export interface Target {
  readonly name: string;
  readonly port: number;
  /** CPU time of all its threads until now, in microseconds. */
  cpuMicroseconds(): number;
  /** Resident memory, in MiB. */
  residentMebibytes(): number;
  /** The most that was ever resident, in MiB. */
  peakMebibytes(): number;
  stop(): Promise<void>;
}

/** How to start a target. The line of its output for which `port` gives a number is the sign that it listens. */
export interface TargetCommand {
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
  port(line: string): number | undefined;
}

/** Starts a target, pinned to core 0, and waits until it listens. @throws when it ends before that */
export async function startTarget({ name, command, arguments: args, port }: TargetCommand): Promise<Target> {
  const { child, output, reading } = spawnWithPipe(command, args);
  pin(child.pid, 0);
  const listening = await portOf(output, port);
  if (listening === undefined) {
    throw new Error(`${name} ended before it listened`);
  }
  drain(reading);
  output.destroy();
  return {
    name,
    port: listening,
    cpuMicroseconds: () => cpuMicrosecondsOf(child.pid),
    residentMebibytes: () => mebibytesOf(child.pid, "VmRSS"),
    peakMebibytes: () => mebibytesOf(child.pid, "VmHWM"),
    stop: async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

interface PipedProcess {
  readonly child: ChildProcess;
  readonly output: Socket;
  /** Another reading end of the same pipe, for `drain`. */
  readonly reading: number;
}

/** Standard output is a pipe, as under a container runtime; Node would give a pair of sockets, which costs twice as much. */
function spawnWithPipe(command: string, args: readonly string[]): PipedProcess {
  const directory = mkdtempSync(join(tmpdir(), "pullring-pipe-"));
  const path = join(directory, "output");
  execFileSync("mkfifo", [path]);
  const first = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writing = openSync(path, "w");
  const reading = openSync(path, "r");
  rmSync(directory, { recursive: true });
  const child = spawn(command, args, { stdio: ["ignore", writing, "inherit"] });
  closeSync(writing);
  return { child, output: new Socket({ fd: first, writable: false }), reading };
}

/** Reads the pipe to its end, by a process that takes hardly any time, away from the target's core. */
function drain(reading: number): void {
  const reader = spawn("cat", { stdio: [reading, "ignore", "inherit"] });
  closeSync(reading);
  pin(reader.pid, 1);
}

/** Keeps a process and its threads on one core, where the system can. */
export function pin(pid: number | undefined, core: number): void {
  try {
    execFileSync("taskset", ["-a", "-c", "-p", String(core), String(pid)], { stdio: "ignore" });
  } catch {
    console.error("taskset is not at hand: the processes are not pinned to cores");
  }
}

async function portOf(output: Socket, port: TargetCommand["port"]): Promise<number | undefined> {
  const lines = createInterface({ input: output });
  for await (const line of lines) {
    const found = port(line);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

/**
 * CPU time of all threads of a process until now.
 * @see Documentation/scheduler/sched-stats.rst: the first figure is the time spent on a core, in nanoseconds
 */
export function cpuMicrosecondsOf(pid: number | undefined): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  }
  return nanoseconds / 1000;
}

function mebibytesOf(pid: number | undefined, field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024;
}
