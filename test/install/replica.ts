/** Runs the built `pullring serve` as one replica of the Deployment, with its own certificates. It waits for nothing by itself. */
import type { ControlPlane } from "../e2e/control-plane/control-plane.ts";
import { freePort } from "../e2e/control-plane/free-port.ts";
import { type LaunchOptions, launchPullring, type Replica } from "../e2e/webhook/pullring-process.ts";

export type { Replica } from "../e2e/webhook/pullring-process.ts";

/** Port of the webhook, the same at every address, as in the Deployment. */
export const WEBHOOK_PORT = 8443;

/** Starts a replica. */
export async function startReplica(
  plane: ControlPlane,
  {
    flags = [],
    ...options
  }: Pick<LaunchOptions, "name" | "kubeconfig" | "address"> & Partial<Pick<LaunchOptions, "flags">>,
): Promise<Replica> {
  const adminPort = await freePort("127.0.0.1");
  const managed = ["--tls=managed", "--tls-namespace=pullring"];
  return launchPullring(plane, { ...options, port: WEBHOOK_PORT, adminPort, flags: [...managed, ...flags] });
}
