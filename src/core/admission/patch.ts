/**
 * Writes what a list and our annotation are to become as an RFC 6902 patch, by hand and on these two alone: nothing else of an
 * object can change. Names that come at the end are appended one by one; only where a name leaves is the list written whole.
 */
import jsonPatch, { type Operation } from "fast-json-patch";
import { isObject, memberAt, memberOf } from "../json-value.ts";
import type { InjectionTarget } from "./injection-target.ts";
import { INJECTED_ANNOTATION } from "./markers.ts";

/** Operations of a JSON patch. @see RFC 6902 */
export type Patch = readonly Operation[];

/** What a Pod or template is to hold. */
export interface WantedLists {
  /** Names of the list; an empty list is no list. */
  readonly names: readonly string[];
  /** Text of our annotation on a template; undefined: none. Pods are never annotated. */
  readonly annotation: string | undefined;
}

/** Gives the operations that lead there; none when it is so already. They apply to the object the target was read from. */
export function buildPatch(target: InjectionTarget, { names, annotation }: WantedLists): Patch {
  return [...patchList(target, names), ...(target.isTemplate ? patchAnnotation(target, annotation) : [])];
}

function patchList({ pointer, listed }: InjectionTarget, names: readonly string[]): Patch {
  const path = `${pointer}/spec/imagePullSecrets`;
  const before = listed ?? [];
  const references = names.map((name) => ({ name }));
  const isAppended = before.every((name, position) => name === names[position]);
  if (listed !== undefined && isAppended) {
    return references.slice(before.length).map((value) => ({ op: "add", path: `${path}/-`, value }));
  }
  if (names.length === 0) return listed === undefined ? [] : [{ op: "remove", path }];
  return [{ op: listed === undefined ? "add" : "replace", path, value: references }];
}

function patchAnnotation({ pointer, template, annotation: before }: InjectionTarget, annotation?: string): Patch {
  const path = `${pointer}/metadata`;
  const member = `${path}/annotations/${jsonPatch.escapePathComponent(INJECTED_ANNOTATION)}`;
  if (annotation === before) return [];
  if (annotation === undefined) return [{ op: "remove", path: member }];
  if (!isObject(memberOf(template, "metadata"))) {
    return [{ op: "add", path, value: { annotations: { [INJECTED_ANNOTATION]: annotation } } }];
  }
  return isObject(memberAt(template, ["metadata", "annotations"]))
    ? [{ op: "add", path: member, value: annotation }]
    : [{ op: "add", path: `${path}/annotations`, value: { [INJECTED_ANNOTATION]: annotation } }];
}
