/**
 * Runs the built `pullring serve` inside a control plane: as a process that dies with it, at addresses that stay the same over
 * restarts. It knows nothing of what pullring decides.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { waitUntil } from "../../wait-until.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { freePort } from "../control-plane/free-port.ts";
import type { ManagedProcess } from "../control-plane/managed-process.ts";

const program = fileURLToPath(new URL("../../../dist/pullring.cjs", import.meta.url));

/** How pullring is started. */
export interface PullringOptions {
  /** With the token of its own ServiceAccount. */
  readonly kubeconfig: string;
  /** Default: `--tls local` with a directory of the control plane. */
  readonly tls?: { readonly flags: readonly string[]; readonly caFile: string };
  /** IP address of the webhook; default `127.0.0.1`. */
  readonly address?: string;
  /** Default: `--live-read-timeout` as it is. */
  readonly liveReadTimeout?: string;
  /** Default `debug`. */
  readonly logLevel?: string;
  /** Path of the Node that runs it; default: this one. */
  readonly node?: string;
  /** Flags of Node itself. */
  readonly nodeFlags?: readonly string[];
}

/** An answer of the admin port. */
export interface AdminAnswer {
  readonly status: number;
  readonly text: string;
}

/** A pullring that was started. */
export interface PullringProcess {
  /** What a webhook configuration names as `clientConfig.url`. */
  readonly url: string;
  /** Port of `url`. */
  readonly port: number;
  /** PEM of the authority of its certificate. */
  readonly caFile: string;
  /** The process as it is now. */
  readonly current: () => ManagedProcess;
  /** Reads a page of the admin port, as `/readyz`. @throws Error while nothing listens there */
  readonly admin: (path: string) => Promise<AdminAnswer>;
  /** Starts it again after it has ended, and waits until it is ready. */
  readonly startAgain: () => Promise<void>;
}

/** Starts pullring and waits until `/readyz` says so. @throws Error with the end of its log when it ends before */
export async function startPullring(plane: ControlPlane, options: PullringOptions): Promise<PullringProcess> {
  if (!existsSync(program)) throw new Error(`${program} is not there; run npm run build`);
  const address = options.address ?? "127.0.0.1";
  const [port, adminPort] = [await freePort(address), await freePort("127.0.0.1")];
  const tls = options.tls ?? localTls(plane);
  const start = (): ManagedProcess =>
    plane.startProcess({
      name: "pullring",
      command: options.node ?? process.execPath,
      args: [
        ...(options.nodeFlags ?? []),
        program,
        "serve",
        `--kubeconfig=${options.kubeconfig}`,
        `--listen=${address}:${port}`,
        `--admin-listen=127.0.0.1:${adminPort}`,
        ...tls.flags,
        ...(options.liveReadTimeout === undefined ? [] : [`--live-read-timeout=${options.liveReadTimeout}`]),
        "--drain-grace=0s",
        `--log-level=${options.logLevel ?? "debug"}`,
      ],
    });
  const admin = async (path: string): Promise<AdminAnswer> => {
    const response = await fetch(`http://127.0.0.1:${adminPort}${path}`);
    return { status: response.status, text: await response.text() };
  };
  let current = start();
  await waitUntilReady(current, admin);
  return {
    url: `https://${address}:${port}/mutate`,
    port,
    caFile: tls.caFile,
    current: () => current,
    admin,
    startAgain: async () => {
      current = start();
      await waitUntilReady(current, admin);
    },
  };
}

function localTls(plane: ControlPlane): { readonly flags: readonly string[]; readonly caFile: string } {
  const directory = join(plane.directory, "pullring-tls");
  mkdirSync(directory, { recursive: true });
  return { flags: ["--tls=local", `--tls-dir=${directory}`], caFile: join(directory, "ca.crt") };
}

async function waitUntilReady(
  pullring: ManagedProcess,
  admin: (path: string) => Promise<AdminAnswer>,
): Promise<void> {
  let lastAnswer = "no answer";
  const isReady = async (): Promise<boolean> => {
    if (!pullring.isRunning()) throw new Error(`pullring ended at its start:\n${endOf(pullring)}`);
    const answer = await admin("/readyz").catch(() => undefined);
    lastAnswer = answer?.text ?? lastAnswer;
    return answer?.status === 200;
  };
  try {
    await waitUntil("/readyz of pullring", isReady);
  } catch (cause) {
    throw new Error(`pullring was not ready: ${lastAnswer}\n${endOf(pullring)}`, { cause });
  }
}

function endOf(pullring: ManagedProcess): string {
  return pullring.readLog().slice(-2_000);
}
