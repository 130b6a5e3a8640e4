/** A workload of each kind that makes Pods, each with one Pod of {@link IMAGE} and the label `app` of its kind. */
import type { ControlPlane } from "../control-plane/control-plane.ts";
import type { Namespace } from "../webhook/namespace.ts";
import { deploymentOf, templateOf } from "../webhook/objects.ts";
import { IMAGE } from "./waiting-pods.ts";

/** The labels `app` of the Pods. */
export const OWNERS = ["deployment", "controller", "stateful", "daemon", "job"] as const;

/** Creates them; the Job is one of a CronJob. */
export async function createOwners(plane: ControlPlane, namespace: Namespace): Promise<void> {
  // A DaemonSet makes a Pod for each node; there may be one already.
  await plane.api.request("POST", "/api/v1/nodes", { apiVersion: "v1", kind: "Node", metadata: { name: "node" } });
  // A new node is tainted as not ready until a controller that is not here sees that it is.
  await plane.api.expect("PATCH", "/api/v1/nodes/node", { spec: { taints: null } });
  const specOf = (app: string) => ({ selector: { matchLabels: { app } }, template: templateOf(app, IMAGE) });
  await namespace.create("apps/v1/deployments", deploymentOf("deployment", IMAGE));
  await namespace.create("replicationcontrollers", {
    apiVersion: "v1",
    kind: "ReplicationController",
    metadata: { name: "controller" },
    spec: { replicas: 1, template: templateOf("controller", IMAGE) },
  });
  await namespace.create("apps/v1/statefulsets", {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "stateful" },
    spec: { serviceName: "stateful", ...specOf("stateful") },
  });
  await namespace.create("apps/v1/daemonsets", {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "daemon" },
    spec: specOf("daemon"),
  });
  const template = templateOf("job", IMAGE, { restartPolicy: "Never" });
  await namespace.create("batch/v1/cronjobs", {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "cron" },
    spec: { schedule: "0 0 1 1 *", jobTemplate: { spec: { template } } },
  });
  await plane.kubectl(["-n", namespace.name, "create", "job", "job", "--from=cronjob/cron"]);
}
