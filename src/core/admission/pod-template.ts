/** Where each handled kind keeps its Pod spec and the metadata of its Pods. */
import { memberAt, stringOf } from "../json-value.ts";

/** A kind as reviews and manifests name it; the version plays no part. */
export interface GroupKind {
  /** "" for the core group. */
  readonly group: string;
  readonly kind: string;
}

const TEMPLATE = ["spec", "template"];

/**
 * Each handled kind: its resource, and the path of the Pod template from the object's root. A Pod is its own template. One more kind
 * is also one in the rules of the webhook configurations, and perhaps of the doctor (src/cli/doctor/survey.ts) and of healing.
 */
const WORKLOADS: ReadonlyMap<string, { readonly resource: string; readonly path: readonly string[] }> = new Map([
  ["/Pod", { resource: "pods", path: [] }],
  ["/ReplicationController", { resource: "replicationcontrollers", path: TEMPLATE }],
  ["apps/Deployment", { resource: "deployments", path: TEMPLATE }],
  ["apps/StatefulSet", { resource: "statefulsets", path: TEMPLATE }],
  ["apps/DaemonSet", { resource: "daemonsets", path: TEMPLATE }],
  ["apps/ReplicaSet", { resource: "replicasets", path: TEMPLATE }],
  ["batch/Job", { resource: "jobs", path: TEMPLATE }],
  ["batch/CronJob", { resource: "cronjobs", path: ["spec", "jobTemplate", ...TEMPLATE] }],
]);

/** The handled kinds as `group/kind`. */
export const HANDLED_KINDS: readonly string[] = [...WORKLOADS.keys()];

/** The resources of the handled kinds. */
export const HANDLED_RESOURCES: readonly string[] = [...WORKLOADS.values()].map(({ resource }) => resource);

/** Gives the path from an object of this kind to its Pod template, [] for a Pod; undefined when the kind is not handled. */
export function templatePath({ group, kind }: GroupKind): readonly string[] | undefined {
  return WORKLOADS.get(`${group}/${kind}`)?.path;
}

/** Gives the resource of this kind, such as `pods`; undefined when the kind is not handled. */
export function resourceOf({ group, kind }: GroupKind): string | undefined {
  return WORKLOADS.get(`${group}/${kind}`)?.resource;
}

/** The handled kinds by their names in small letters, without the group. */
const BY_KIND: ReadonlyMap<string, string> = new Map(
  HANDLED_KINDS.map((name) => [name.slice(name.indexOf("/") + 1).toLowerCase(), name]),
);

/**
 * Gives the handled kind that was meant where a kind of another case or of another group of Kubernetes itself is written;
 * undefined for all others. Groups of custom kinds have a dot in their name.
 */
export function meantKind({ group, kind }: GroupKind): GroupKind | undefined {
  const meant = BY_KIND.get(kind.toLowerCase());
  if (meant === undefined || meant === `${group}/${kind}` || group.includes(".")) return undefined;
  const slash = meant.indexOf("/");
  return { group: meant.slice(0, slash), kind: meant.slice(slash + 1) };
}

/** Gives group and kind of a manifest, or of an owner reference, by its `apiVersion` and `kind`; undefined when it has no such strings. */
export function groupKindOf(object: unknown): GroupKind | undefined {
  const apiVersion = stringOf(memberAt(object, ["apiVersion"]));
  const kind = stringOf(memberAt(object, ["kind"]));
  if (apiVersion === undefined || kind === undefined) return undefined;
  const slash = apiVersion.indexOf("/");
  return { group: slash < 0 ? "" : apiVersion.slice(0, slash), kind };
}

/** Tells whether the Pod template of this kind cannot change once it is stored. */
export function isImmutableTemplate({ group, kind }: GroupKind): boolean {
  return group === "batch" && kind === "Job";
}
