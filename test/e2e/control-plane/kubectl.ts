/** Runs the real kubectl against a control plane, where a person would use it. It never throws on a non-zero status. */
import { spawn } from "node:child_process";
import { processEnvironment } from "./managed-process.ts";

/** What kubectl printed and how it ended. */
export interface KubectlResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit status; null when it was killed at the time limit. */
  readonly code: number | null;
}

/** Deviations from a call of the administrator. */
export interface KubectlOptions {
  /** Standard input, for `-f -`; none means empty. */
  readonly input?: string;
  /** User to impersonate (`--as`). */
  readonly as?: string;
  /** Path of another kubeconfig than the administrator's. */
  readonly kubeconfig?: string;
  /** Watchdog; default 60,000. */
  readonly timeoutMs?: number;
}

/** How kubectl is started. */
export interface KubectlCommand {
  /** Path of the binary. */
  readonly binary: string;
  readonly kubeconfig: string;
  /** Where kubectl keeps its caches, in place of the user's home. */
  readonly home: string;
}

/** Runs kubectl to its end. @throws Error only when the binary cannot be started */
export function runKubectl(
  command: KubectlCommand,
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<KubectlResult> {
  const impersonation = options.as === undefined ? [] : [`--as=${options.as}`];
  const child = spawn(command.binary, [...impersonation, ...args], {
    env: {
      ...processEnvironment(),
      HOME: command.home,
      KUBECONFIG: options.kubeconfig ?? command.kubeconfig,
    },
    stdio: ["pipe", "pipe", "pipe"],
    timeout: options.timeoutMs ?? 60_000,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  // kubectl may end without having read its input; its status tells, not the broken pipe.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ stdout, stderr, code }));
  });
}
