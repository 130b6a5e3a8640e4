/** The controller that a Pod belongs to, and what happens when such a Pod is evicted. */
import { controllerReferenceOf } from "../admission/injection-target.ts";
import { groupKindOf, resourceOf } from "../admission/pod-template.ts";
import { type JsonObject, memberOf, stringOf } from "../json-value.ts";

/** The controller of an object. */
export interface Owner {
  /** "" for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  /** undefined for a kind that pullring does not know. */
  readonly resource: string | undefined;
}

/** Owners that make a Pod again, at once or when the old one is gone, without counting anything. */
const REPLACING = new Set(["ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet"]);

/** Gives the controller of an object; undefined when it has none. */
export function controllerOf(object: JsonObject): Owner | undefined {
  const reference = controllerReferenceOf(object);
  if (reference === undefined) return undefined;
  const { group, kind } = groupKindOf(reference) ?? { group: "", kind: "" };
  const resource = resourceOf({ group, kind });
  return { group, kind, name: textOf(reference, "name"), uid: textOf(reference, "uid"), resource };
}

/** Tells whether the owner is one of Kubernetes' own that make a Pod again without counting. */
export function isReplacing({ kind, resource }: Owner): boolean {
  return resource !== undefined && REPLACING.has(kind);
}

function textOf(reference: unknown, member: string): string {
  return stringOf(memberOf(reference, member)) ?? "";
}
