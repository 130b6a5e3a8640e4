/**
 * Starts a real control plane as an unprivileged user, on free ports of one address and in a temporary directory that its
 * watchdog removes. It decides files, ports and identities; running-plane.ts runs what follows from them.
 */
import { join } from "node:path";
import { findBinaries } from "../binaries/find.ts";
import { servingCertificateFile } from "./api-server.ts";
import { writeAuditPolicy } from "./audit-log.ts";
import type { ControlPlane, ControlPlaneOptions } from "./control-plane.ts";
import { freePort } from "./free-port.ts";
import { createIdentities } from "./plane-identities.ts";
import { type PlaneSetup, RunningPlane } from "./running-plane.ts";
import { startWatchdog, type Watchdog } from "./watchdog.ts";

/**
 * Returns when the API server is ready and namespace `default` has its ServiceAccount, so that Pods can be created.
 * The first call on a machine may build the binaries, which takes minutes.
 * @throws Error when a binary cannot be had or a process ends at its start; nothing is left behind then
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const binaries = await findBinaries(["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"]);
  const watchdog = startWatchdog();
  try {
    const plane = new RunningPlane(await prepare(options, { binaries, watchdog }));
    await plane.start();
    return plane;
  } catch (error) {
    await watchdog.end();
    throw error;
  }
}

async function prepare(
  options: ControlPlaneOptions,
  parts: { readonly binaries: PlaneSetup["binaries"]; readonly watchdog: Watchdog },
): Promise<PlaneSetup> {
  const { directory } = parts.watchdog;
  const address = options.address ?? "127.0.0.1";
  const host = address.includes(":") ? `[${address}]` : address;
  const port = await freePort(address);
  const audit = { policyFile: join(directory, "audit-policy.json"), logFile: join(directory, "audit.log") };
  if (options.auditLog) writeAuditPolicy(audit.policyFile);
  return {
    ...parts,
    address,
    port,
    url: `https://${host}:${port}`,
    etcdUrl: `http://${host}:${await freePort(address)}`,
    caFile: servingCertificateFile(directory),
    identities: createIdentities(directory, options.users ?? []),
    audit: options.auditLog ? audit : undefined,
    apiServerFlags: options.apiServerFlags ?? [],
    controllerManagerFlags: options.controllerManagerFlags ?? [],
    etcdFlags: options.etcdFlags ?? [],
  };
}
