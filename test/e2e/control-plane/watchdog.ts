/**
 * The small process that ends a control plane when its owner stops it or dies, however that happens (watchdog.sh). There
 * is no other clean-up path, so every test run exercises it. It must be started before the first process it guards.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A running watchdog and the temporary directory that it will remove. */
export interface Watchdog {
  /** Absolute path, readable by the owner alone; its name is also the mark of the processes that belong to it. */
  readonly directory: string;
  /** Kills all guarded processes, removes the directory, and returns when both are done. Calling it again changes nothing. */
  end(): Promise<void>;
}

/** Makes a temporary directory and starts the watchdog that guards it. Neither keeps this process from ending. */
export function startWatchdog(): Watchdog {
  const directory = mkdtempSync(join(tmpdir(), "pullring-plane-"));
  writeFileSync(join(directory, "pids"), "");
  const script = fileURLToPath(new URL("./watchdog.sh", import.meta.url));
  const child = spawn("sh", [script, directory], {
    // In a session of its own: Ctrl-C in the terminal must not reach it before its owner is gone.
    detached: true,
    stdio: ["pipe", "ignore", "inherit"],
  });
  if (child.pid === undefined) throw new Error("the watchdog process could not be started");
  const exited = once(child, "exit");
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return {
    directory,
    async end(): Promise<void> {
      if (child.exitCode !== null) return;
      child.ref();
      child.stdin.end();
      await exited;
    },
  };
}
