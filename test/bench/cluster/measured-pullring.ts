/** The built pullring in a control plane, with its memory and its stalls to read. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ControlPlane } from "../../e2e/control-plane/control-plane.ts";
import { type PullringProcess, startPullring } from "../../e2e/webhook/pullring-process.ts";
import { waitUntil } from "../../wait-until.ts";

const PROBE = fileURLToPath(new URL("./event-loop-probe.cjs", import.meta.url));

/** Memory of a process in MiB. */
export interface Memory {
  readonly resident: number;
  /** The most it ever was, or since {@link MeasuredPullring.forgetPeak}. */
  readonly peak: number;
}

/** How long the event loop stood still at most, in milliseconds. */
export interface Stalls {
  readonly gapMs: number;
  /** Without the time for which the thread waited for a core. */
  readonly ownMs: number;
  /** Stalls of its own that were longer than 25 ms. */
  readonly over25: number;
}

/** A running pullring. */
export interface MeasuredPullring extends PullringProcess {
  /** From the start of the process until it was ready. */
  readonly readyMs: number;
  memory(): Memory;
  /** The next peak is counted from now on. */
  forgetPeak(): void;
  /** Stalls since the last call or the start. */
  stalls(): Promise<Stalls>;
  stop(): Promise<void>;
}

/** Starts pullring with its default log level and waits until it is ready. @param isProbed whether to measure stalls, for which it wakes 1,000 times a second */
export async function startMeasured(
  plane: ControlPlane,
  kubeconfig: string,
  isProbed: boolean,
): Promise<MeasuredPullring> {
  const startedAt = performance.now();
  const nodeFlags = isProbed ? [`--require=${PROBE}`] : [];
  const pullring = await startPullring(plane, { kubeconfig, nodeFlags, logLevel: "info" });
  const readyMs = performance.now() - startedAt;
  const { pid } = pullring.current();
  return {
    ...pullring,
    readyMs,
    memory: () => memoryOf(pid),
    forgetPeak: () => writePeakReset(pid),
    stalls: () => readStalls(pullring),
    stop: async () => {
      await pullring.current().end("SIGKILL");
    },
  };
}

/** Reads the memory of any process. */
export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mebibytes = (field: string): number =>
    Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024;
  return { resident: mebibytes("VmRSS"), peak: mebibytes("VmHWM") };
}

/** @see proc(5): 5 in clear_refs resets the peak resident set size */
function writePeakReset(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

async function readStalls(pullring: PullringProcess): Promise<Stalls> {
  const lines = (): readonly string[] =>
    pullring
      .current()
      .readLog()
      .split("\n")
      .filter((line) => line.startsWith('{"msg":"Stalls"'));
  const before = lines().length;
  pullring.current().signal("SIGUSR2");
  const line = await waitUntil("the stalls", () => lines().length > before && lines().at(-1));
  return JSON.parse(line) as Stalls;
}
