/** Runs the built `pullring serve` as one replica of the Deployment, with its own certificates. It waits for nothing by itself. */
import { fileURLToPath } from "node:url";
import type { ControlPlane } from "../e2e/control-plane/control-plane.ts";
import { freePort } from "../e2e/control-plane/free-port.ts";
import type { ManagedProcess } from "../e2e/control-plane/managed-process.ts";
import { waitUntil } from "../wait-until.ts";

const program = fileURLToPath(new URL("../../dist/pullring.cjs", import.meta.url));

/** Port of the webhook, the same at every address, as in the Deployment. */
export const WEBHOOK_PORT = 8443;

/** How a replica is started. */
export interface ReplicaOptions {
  /** Of the log file; one of its own for each replica. */
  readonly name: string;
  readonly kubeconfig: string;
  readonly address: string;
  /** Besides those of every replica. */
  readonly flags?: readonly string[];
}

/** A replica that was started. */
export interface Replica {
  readonly address: string;
  readonly process: ManagedProcess;
  /** Status and text of `/readyz`; undefined while nothing answers. */
  readiness(): Promise<{ readonly status: number; readonly text: string } | undefined>;
  /** @throws Error with the end of the log when it ends, or is not ready in a minute */
  waitUntilReady(): Promise<void>;
}

/** Starts a replica. */
export async function startReplica(plane: ControlPlane, options: ReplicaOptions): Promise<Replica> {
  const adminPort = await freePort("127.0.0.1");
  const started = plane.startProcess({
    name: options.name,
    command: process.execPath,
    args: [
      program,
      "serve",
      `--kubeconfig=${options.kubeconfig}`,
      `--listen=${options.address}:${WEBHOOK_PORT}`,
      `--admin-listen=127.0.0.1:${adminPort}`,
      "--tls=managed",
      "--tls-namespace=pullring",
      "--log-level=debug",
      ...(options.flags ?? []),
    ],
  });
  const readiness: Replica["readiness"] = async () => {
    const answer = await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => undefined);
    return answer && { status: answer.status, text: await answer.text() };
  };
  return {
    address: options.address,
    process: started,
    readiness,
    waitUntilReady: async () => {
      await waitUntil(`/readyz of ${options.name}`, async () => {
        if (!started.isRunning()) throw new Error(started.readLog().slice(-2_000));
        return (await readiness())?.status === 200;
      }).catch((cause: unknown) => {
        throw new Error(started.readLog().slice(-2_000), { cause });
      });
    },
  };
}
