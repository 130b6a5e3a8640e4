/** Where each handled kind keeps its Pod spec and the metadata of its Pods. */
import { type JsonObject, memberAt, stringOf } from "../json-value.ts";

/** A kind as reviews and manifests name it; the version plays no part. */
export interface GroupKind {
  /** "" for the core group. */
  readonly group: string;
  readonly kind: string;
}

/** Path of the Pod template's members from the object's root, by group and kind. A Pod is its own template. */
const TEMPLATE_PATHS: ReadonlyMap<string, readonly string[]> = new Map([
  ["/Pod", []],
  ["/ReplicationController", ["spec", "template"]],
  ["apps/Deployment", ["spec", "template"]],
  ["apps/StatefulSet", ["spec", "template"]],
  ["apps/DaemonSet", ["spec", "template"]],
  ["apps/ReplicaSet", ["spec", "template"]],
  ["batch/Job", ["spec", "template"]],
  ["batch/CronJob", ["spec", "jobTemplate", "spec", "template"]],
]);

/** The handled kinds as `group/kind`. */
export const HANDLED_KINDS: readonly string[] = [...TEMPLATE_PATHS.keys()];

/** Gives the path from an object of this kind to its Pod template, [] for a Pod; undefined when the kind is not handled. */
export function templatePath({ group, kind }: GroupKind): readonly string[] | undefined {
  return TEMPLATE_PATHS.get(`${group}/${kind}`);
}

/** Gives group and kind of a manifest by its `apiVersion` and `kind`; undefined when it has no such strings. */
export function groupKindOf(object: JsonObject): GroupKind | undefined {
  const apiVersion = stringOf(memberAt(object, ["apiVersion"]));
  const kind = stringOf(memberAt(object, ["kind"]));
  if (apiVersion === undefined || kind === undefined) {
    return undefined;
  }
  const slash = apiVersion.indexOf("/");
  return { group: slash < 0 ? "" : apiVersion.slice(0, slash), kind };
}
