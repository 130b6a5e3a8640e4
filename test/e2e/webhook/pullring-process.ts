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
  /** Default `debug`. */
  readonly logLevel?: string;
  /** Path of the Node that runs it; default: this one. */
  readonly node?: string;
  /** Flags of Node itself. */
  readonly nodeFlags?: readonly string[];
  /** Besides those of every process. */
  readonly flags?: readonly string[];
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
export interface LaunchOptions extends PullringOptions {
  /** Of the log file; processes that run at the same time have different ones. */
  readonly name: string;
  /** Of the webhook. */
  readonly address: string;
  readonly port: number;
  readonly adminPort: number;
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
      ...(options.flags ?? []),
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
  /** PEM of the CA of its certificate. */
  readonly caFile: string;
  /** The process as it is now. */
  readonly current: () => ManagedProcess;
  /** Reads a page of the admin port, as `/readyz`. @throws Error while nothing listens there */
  readonly admin: (path: string) => Promise<AdminAnswer>;
  /** Starts it again after it has ended, and waits until it is ready. */
  readonly startAgain: () => Promise<void>;
}

/** Starts pullring with `--tls=local` and waits until it is ready. @throws Error with the end of its log when it ends before */
export async function startPullring(plane: ControlPlane, options: PullringOptions): Promise<PullringProcess> {
  const [address, port, adminPort] = ["127.0.0.1", await freePort(), await freePort()];
  const tlsDirectory = join(plane.directory, "pullring-tls");
  mkdirSync(tlsDirectory, { recursive: true });
  const flags = ["--tls=local", `--tls-dir=${tlsDirectory}`, "--drain-grace=0s", ...(options.flags ?? [])];
  const launch = (): Replica =>
    launchPullring(plane, { ...options, name: "pullring", address, port, adminPort, flags });
  let replica = launch();
  await replica.waitUntilReady();
  return {
    url: `https://${address}:${port}/mutate`,
    caFile: join(tlsDirectory, "ca.crt"),
    current: () => replica.process,
    admin: (path) => replica.admin(path),
    startAgain: async () => {
      replica = launch();
      await replica.waitUntilReady();
    },
  };
}
