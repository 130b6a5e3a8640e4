/**
 * A long-running process of a control plane: its output goes to a log file, and the plane's watchdog kills it should the
 * test die. What a guarded process starts itself is not guarded.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A process that was started by {@link startProcess}. */
export interface ManagedProcess {
  readonly name: string;
  readonly pid: number;
  /** Standard output and error of all runs under this name, in order. */
  readonly logFile: string;
  readonly isRunning: () => boolean;
  readonly readLog: () => string;
  /** Sends a signal and returns at once; does nothing when it has ended. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Sends `signal` (default SIGTERM) and waits for the end, which can be of any age; a stopped process is continued. */
  readonly end: (signal?: NodeJS.Signals) => Promise<ProcessEnd>;
  readonly ended: Promise<ProcessEnd>;
}

/** How a process ended: exactly one of the two is not null. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What to start. */
export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to {@link processEnvironment}. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts a process that belongs to the control plane in `directory` (the watchdog's). It does not keep this process alive.
 * @throws Error when the command cannot be started
 */
export function startProcess(directory: string, options: ProcessOptions): ManagedProcess {
  mkdirSync(join(directory, "logs"), { recursive: true });
  const logFile = join(directory, "logs", `${options.name}.log`);
  const log = openSync(logFile, "a");
  // The process records its own pid before it becomes the command: there is no moment at which a killed test leaves a
  // process that the watchdog does not know. Once the directory is gone, the record fails and nothing starts.
  const record = 'echo "$$" >>"$PULLRING_TEST_PLANE/pids" && exec "$@"';
  const child = spawn("sh", ["-c", record, "sh", options.command, ...options.args], {
    detached: true,
    env: { ...processEnvironment(), ...options.env, PULLRING_TEST_PLANE: directory },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  if (child.pid === undefined) throw new Error(`${options.name} could not be started`);
  child.unref();
  const ended = once(child, "exit").then((): ProcessEnd => ({ code: child.exitCode, signal: child.signalCode }));
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    name: options.name,
    logFile,
    pid: child.pid,
    ended,
    isRunning,
    readLog: () => readFileSync(logFile, "utf8"),
    signal: (signal) => void child.kill(signal),
    end: (signal = "SIGTERM") => {
      if (isRunning()) {
        child.ref();
        child.kill(signal);
        child.kill("SIGCONT");
      }
      return ended;
    },
  };
}

/** The environment of this process without proxy settings: all that is reached here is on this machine. */
export function processEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(\w+_)?proxy$/i.test(name)));
}

/** Whether a process runs; one that has ended and waits to be reaped does not. */
export function isAlive(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && !/\) Z /.test(readFileSync(path, "utf8"));
}
