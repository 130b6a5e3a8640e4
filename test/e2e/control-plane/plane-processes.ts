/** How the three processes of a control plane are started. */
import { dirname, join } from "node:path";
import type { ProcessOptions } from "./managed-process.ts";
import type { PlaneIdentities } from "./plane-identities.ts";
import type { Watchdog } from "./watchdog.ts";

/** Everything that is decided before the first process starts, and never changes after. */
export interface PlaneSetup {
  readonly binaries: Readonly<Record<"etcd" | "kube-apiserver" | "kube-controller-manager" | "kubectl", string>>;
  readonly watchdog: Watchdog;
  /** Where the API server listens. */
  readonly port: number;
  readonly url: string;
  readonly etcdUrl: string;
  /** The serving certificate with its CA, PEM; the API server writes it when it is not there. */
  readonly caFile: string;
  readonly identities: PlaneIdentities;
  readonly apiServerFlags: readonly string[];
  readonly controllerManagerFlags: readonly string[];
}

/** Nothing is synced to disk: the data never outlives the test. */
export function etcdProcess({ binaries, watchdog, etcdUrl }: PlaneSetup): ProcessOptions {
  const peerUrl = new URL(etcdUrl);
  peerUrl.port = "0";
  return {
    name: "etcd",
    command: binaries.etcd,
    args: [
      `--data-dir=${join(watchdog.directory, "etcd")}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=${peerUrl.origin}`,
      "--unsafe-no-fsync",
      "--log-level=warn",
    ],
  };
}

/** The API server, with RBAC. */
export function apiServerProcess(setup: PlaneSetup): ProcessOptions {
  return {
    name: "kube-apiserver",
    command: setup.binaries["kube-apiserver"],
    args: [
      `--etcd-servers=${setup.etcdUrl}`,
      `--bind-address=${new URL(setup.url).hostname}`,
      `--secure-port=${setup.port}`,
      `--cert-dir=${dirname(setup.caFile)}`,
      // A documentation address (RFC 5737): the API server refuses to advertise loopback, and nothing here uses it.
      "--advertise-address=192.0.2.1",
      "--endpoint-reconciler-type=none",
      "--service-cluster-ip-range=10.96.0.0/16",
      "--authorization-mode=RBAC",
      ...setup.identities.apiServerFlags,
      // At SIGTERM it waits for open watches, up to the request timeout of a minute; with a grace period it ends them.
      "--shutdown-watch-termination-grace-period=1s",
      ...setup.apiServerFlags,
    ],
  };
}

/**
 * What workloads, ServiceAccounts and clean-up need. Not among them: endpoint slices, nodes, volumes, quotas. So Pods stay
 * Pending, and a DaemonSet makes Pods only for Node objects that a test creates.
 */
const CONTROLLERS =
  "serviceaccount root-ca-certificate-publisher namespace garbage-collector deployment replicaset replicationcontroller statefulset daemonset job cronjob";

/** It waits for the API server by itself. */
export function controllerManagerProcess(setup: PlaneSetup, kubeconfig: string): ProcessOptions {
  return {
    name: "kube-controller-manager",
    command: setup.binaries["kube-controller-manager"],
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--controllers=${CONTROLLERS.split(" ").map((name) => `${name}-controller`)}`,
      "--use-service-account-credentials=true",
      `--root-ca-file=${setup.caFile}`,
      "--leader-elect=false",
      "--secure-port=0",
      // The default of 20 requests a second is made for sharing a cluster, and would be what tests measure.
      "--kube-api-qps=1000",
      "--kube-api-burst=1000",
      ...setup.controllerManagerFlags,
    ],
  };
}
