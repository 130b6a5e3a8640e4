/** One minimal object of every handled kind, for tests that send them to a real API server. */
import { HANDLED_KINDS, templatePath } from "../../src/core/admission/pod-template.ts";

/** An object to be sent, with the path that it is sent to. */
export interface Workload {
  /** As in `/apis/apps/v1/namespaces/default/deployments`. */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>> & { readonly metadata: WorkloadMetadata };
}

/** Metadata that tests set. */
export interface WorkloadMetadata {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly Readonly<Record<string, unknown>>[];
}

/**
 * A valid object of a handled kind with one private image.
 * @param groupKind one of HANDLED_KINDS, as in `apps/Deployment`
 * @throws Error when it is not handled
 */
export function workloadOf(groupKind: string, namespace: string, metadata: WorkloadMetadata): Workload {
  const [group = "", kind = ""] = groupKind.split("/");
  const path = templatePath({ group, kind });
  if (path === undefined) throw new Error(`${groupKind} is none of ${HANDLED_KINDS.join(", ")}`);
  const apiVersion = group === "" ? "v1" : `${group}/v1`;
  const root = group === "" ? "/api/v1" : `/apis/${group}/v1`;
  return {
    path: `${root}/namespaces/${namespace}/${kind.toLowerCase()}s`,
    body: { apiVersion, kind, metadata, ...(path.length === 0 ? { spec: podSpec } : specOf(kind)) },
  };
}

const podSpec = { containers: [{ name: "web", image: "quay.io/acme/web:1" }] };
const labels = { app: "web" };
const selector = { matchLabels: labels };
const template = { metadata: { labels }, spec: podSpec };
const runOnce = { metadata: { labels }, spec: { ...podSpec, restartPolicy: "Never" } };

function specOf(kind: string): { readonly spec: unknown } {
  if (kind === "Job") return { spec: { template: runOnce } };
  if (kind === "CronJob") return { spec: { schedule: "0 0 1 1 *", jobTemplate: { spec: { template: runOnce } } } };
  if (kind === "ReplicationController") return { spec: { selector: labels, template } };
  const serviceName = kind === "StatefulSet" ? { serviceName: "web" } : {};
  return { spec: { selector, template, ...serviceName } };
}
