/** Runs the built `pullring serve` as one replica of the Deployment, with its own certificates. It waits for nothing by itself. */
import type { ControlPlane } from "../e2e/control-plane/control-plane.ts";
import { freePort } from "../e2e/control-plane/free-port.ts";
import { type LaunchOptions, launchPullring, type Replica } from "../e2e/webhook/pullring-process.ts";

export type { Replica } from "../e2e/webhook/pullring-process.ts";

/** Port of the webhook, the same at every address, as in the Deployment. */
export const WEBHOOK_PORT = 8443;

export async function startReplica(
  plane: ControlPlane,
  options: Omit<LaunchOptions, "port" | "adminPort">,
): Promise<Replica> {
  const flags = ["--tls=managed", "--tls-namespace=pullring", ...(options.flags ?? [])];
  return launchPullring(plane, { ...options, port: WEBHOOK_PORT, adminPort: await freePort(), flags });
}
