/** Starts the load on a core of its own and hands it bursts. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Burst, BurstResult } from "./load.ts";
import { pin } from "./target.ts";

/** A running load process. */
export interface LoadProcess {
  run(burst: Burst): Promise<BurstResult>;
  stop(): void;
}

/**
 * So that the load's own garbage collector does not hold up requests, which would be told as latency of the targets: what a burst
 * leaves behind fits into the space of young objects, and is collected before the next one.
 */
const MEMORY_FLAGS = [
  "--expose-gc",
  "--single-threaded-gc",
  "--min-semi-space-size=256",
  "--max-semi-space-size=256",
];

/** Starts the load, pinned to core 1. */
export function startLoad(): LoadProcess {
  const child: ChildProcess = fork(fileURLToPath(new URL("./load.ts", import.meta.url)), {
    execArgv: ["--import", "tsx", ...MEMORY_FLAGS],
  });
  pin(child.pid, 1);
  return {
    run: async (burst) => {
      child.send(burst);
      const [result] = (await once(child, "message")) as [BurstResult];
      return result;
    },
    stop: () => {
      child.kill();
    },
  };
}
