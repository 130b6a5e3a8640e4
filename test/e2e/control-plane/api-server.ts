/** The kube-apiserver of a control plane: its flags, when it is ready, and stopping and starting it in the middle of a test. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "../../wait-until.ts";
import type { ApiClient } from "./api-client.ts";
import type { ManagedProcess, ProcessOptions } from "./managed-process.ts";
import type { PlaneIdentities } from "./plane-identities.ts";
import { tokenIssuer } from "./service-account-token.ts";

/** How the API server is started. */
export interface ApiServerOptions {
  readonly binary: string;
  readonly directory: string;
  /** IP address that it listens on. */
  readonly address: string;
  readonly port: number;
  readonly etcdUrl: string;
  readonly identities: PlaneIdentities;
  /** Undefined: no audit log. */
  readonly audit: { readonly policyFile: string; readonly logFile: string } | undefined;
  readonly extraFlags: readonly string[];
}

/** The serving certificate with its CA, PEM; the API server writes it when it is not there. */
export function servingCertificateFile(directory: string): string {
  return join(directory, "apiserver", "apiserver.crt");
}

/** Removes the serving certificate; the next start makes another one, of another CA. */
export function removeServingCertificate(directory: string): void {
  rmSync(join(directory, "apiserver"), { recursive: true, force: true });
}

/** The process to start. */
export function apiServerProcess(options: ApiServerOptions): ProcessOptions {
  const { identities, audit } = options;
  return {
    name: "kube-apiserver",
    command: options.binary,
    args: [
      `--etcd-servers=${options.etcdUrl}`,
      `--bind-address=${options.address}`,
      `--secure-port=${options.port}`,
      `--cert-dir=${join(options.directory, "apiserver")}`,
      // A documentation address (RFC 5737): the API server refuses to advertise loopback, and nothing here uses it.
      "--advertise-address=192.0.2.1",
      "--endpoint-reconciler-type=none",
      "--service-cluster-ip-range=10.96.0.0/16",
      "--authorization-mode=RBAC",
      `--token-auth-file=${identities.tokenFile}`,
      `--service-account-issuer=${tokenIssuer}`,
      `--service-account-key-file=${identities.serviceAccountPublicKeyFile}`,
      `--service-account-signing-key-file=${identities.serviceAccountKeyFile}`,
      // Otherwise a token of 3,607 s (what Pods mount) would be accepted for a year.
      "--service-account-extend-token-expiration=false",
      // At SIGTERM it waits for open watches, up to the request timeout of a minute; with a grace period it ends them.
      "--shutdown-watch-termination-grace-period=1s",
      ...(audit ? [`--audit-policy-file=${audit.policyFile}`, `--audit-log-path=${audit.logFile}`] : []),
      ...options.extraFlags,
    ],
  };
}

/**
 * Returns when `/readyz` says so.
 * @param processes those that must not end meanwhile: the API server and its etcd
 * @throws Error with the end of its log when one of `processes` ends
 */
export async function waitUntilReady(processes: readonly ManagedProcess[], api: ApiClient): Promise<void> {
  await waitUntil("/readyz of kube-apiserver", async () => {
    const ended = processes.find((process) => !process.isRunning());
    if (ended) throw new Error(`${ended.name} ended at its start:\n${ended.readLog().slice(-2_000)}`);
    try {
      return (await api.request("GET", "/readyz")).status === 200;
    } catch {
      return false;
    }
  });
}
