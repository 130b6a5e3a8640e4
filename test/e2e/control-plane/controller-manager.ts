/** The kube-controller-manager of a control plane, trimmed to what workloads, ServiceAccounts and clean-up need. */
import type { ProcessOptions } from "./managed-process.ts";

/**
 * Not among them: endpoint slices, nodes, volumes, quotas. So Pods stay Pending, and a DaemonSet makes Pods only for Node
 * objects that a test creates.
 */
const controllers = [
  "serviceaccount-controller",
  "root-ca-certificate-publisher-controller",
  "namespace-controller",
  "garbage-collector-controller",
  "deployment-controller",
  "replicaset-controller",
  "replicationcontroller-controller",
  "statefulset-controller",
  "daemonset-controller",
  "job-controller",
  "cronjob-controller",
] as const;

/** How the controller manager is started. */
export interface ControllerManagerOptions {
  readonly binary: string;
  readonly kubeconfig: string;
  /** Published as `kube-root-ca.crt` in every namespace. */
  readonly caFile: string;
  readonly extraFlags: readonly string[];
}

/** The process to start; it waits for the API server by itself. */
export function controllerManagerProcess(options: ControllerManagerOptions): ProcessOptions {
  return {
    name: "kube-controller-manager",
    command: options.binary,
    args: [
      `--kubeconfig=${options.kubeconfig}`,
      `--controllers=${controllers.join(",")}`,
      "--use-service-account-credentials=true",
      `--root-ca-file=${options.caFile}`,
      "--leader-elect=false",
      "--secure-port=0",
      // The default of 20 requests a second is made for sharing a cluster, and would be what tests measure.
      "--kube-api-qps=1000",
      "--kube-api-burst=1000",
      ...options.extraFlags,
    ],
  };
}
