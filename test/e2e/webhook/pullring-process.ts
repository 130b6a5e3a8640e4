/**
 * Runs the built `pullring serve` inside a control plane: as a process that dies with it, at addresses that stay the same over
 * restarts. It knows nothing of what pullring decides.
 */
import { mkdirSync } from "node:fs";
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

/** A process of `pullring serve`. */
export interface Replica {
  readonly address: string;
  readonly process: ManagedProcess;
  /** Reads a page of the admin port, as `/metrics`. @throws Error while nothing listens there */
  admin(path: string): Promise<AdminAnswer>;
  /** Status and text of `/readyz`; undefined while nothing answers. */
  readiness(): Promise<AdminAnswer | undefined>;
  /** @throws Error with the end of the log when it ends, or is not ready in a minute */
  waitUntilReady(): Promise<void>;
}

/** How one process is started. */
export interface LaunchOptions extends Pick<PullringOptions, "kubeconfig" | "node" | "nodeFlags" | "logLevel"> {
  /** Of the log file; processes that run at the same time have different ones. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly adminPort: number;
  /** Besides those of every process. */
  readonly flags: readonly string[];
}

/** Starts a process and waits for nothing. */
export function launchPullring(plane: ControlPlane, options: LaunchOptions): Replica {
  const { name, address, port, adminPort } = options;
  const started = plane.startProcess({
    name,
    command: options.node ?? process.execPath,
    args: [
      ...(options.nodeFlags ?? []),
      program,
      "serve",
      `--kubeconfig=${options.kubeconfig}`,
      `--listen=${address}:${port}`,
      `--admin-listen=127.0.0.1:${adminPort}`,
      `--log-level=${options.logLevel ?? "debug"}`,
      ...options.flags,
    ],
  });
  const admin: Replica["admin"] = async (path) => {
    const response = await fetch(`http://127.0.0.1:${adminPort}${path}`);
    return { status: response.status, text: await response.text() };
  };
  const readiness: Replica["readiness"] = () => admin("/readyz").catch(() => undefined);
  const waitUntilReady = async (): Promise<void> => {
    let last: AdminAnswer | undefined;
    await waitUntil(`/readyz of ${name}`, async () => {
      if (!started.isRunning()) throw new Error(`${name} ended at its start`);
      last = await readiness();
      return last?.status === 200;
    }).catch((cause: unknown) => {
      throw new Error(`${name} was not ready: ${last?.text}\n${started.readLog().slice(-2_000)}`, { cause });
    });
  };
  return { address, process: started, admin, readiness, waitUntilReady };
}

/** A pullring that was started, over its restarts. */
export interface PullringProcess {
  /** What a webhook configuration names as `clientConfig.url`. */
  readonly url: string;
  /** Port of `url`. */
  readonly port: number;
  /** PEM of the CA of its certificate. */
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
  const { tls = localTls(plane), address = "127.0.0.1", liveReadTimeout, ...others } = options;
  const [port, adminPort] = [await freePort(address), await freePort("127.0.0.1")];
  const timeout = liveReadTimeout === undefined ? [] : [`--live-read-timeout=${liveReadTimeout}`];
  const flags = [...tls.flags, ...timeout, "--drain-grace=0s"];
  const launch = (): Replica => launchPullring(plane, { ...others, name: "pullring", address, port, adminPort, flags });
  let replica = launch();
  await replica.waitUntilReady();
  return {
    url: `https://${address}:${port}/mutate`,
    port,
    caFile: tls.caFile,
    current: () => replica.process,
    admin: (path) => replica.admin(path),
    startAgain: async () => {
      replica = launch();
      await replica.waitUntilReady();
    },
  };
}

function localTls(plane: ControlPlane): { readonly flags: readonly string[]; readonly caFile: string } {
  const directory = join(plane.directory, "pullring-tls");
  mkdirSync(directory, { recursive: true });
  return { flags: ["--tls=local", `--tls-dir=${directory}`], caFile: join(directory, "ca.crt") };
}
