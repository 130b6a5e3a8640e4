/**
 * Writes what a list and our annotation are to become as an RFC 6902 patch, by hand and on these two alone: nothing else of an
 * object can change. Names that come at the end are appended one by one; only where a name leaves, or very many come, is the list
 * written whole.
 */
import jsonPatch, { type Operation } from "fast-json-patch";
import { countBytes } from "../go/byte-string.ts";
import { isObject, memberAt, memberOf } from "../json-value.ts";
import type { AdmissionRequest } from "./filter-request.ts";
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

/** The API server copies a list for each name that is appended; a ServiceAccount can have 80,000. */
const MAX_APPENDED = 100;

function patchList({ pointer, listed }: InjectionTarget, names: readonly string[]): Patch {
  const path = `${pointer}/spec/imagePullSecrets`;
  const before = listed ?? [];
  const references = names.map((name) => ({ name }));
  const isAppended = before.every((name, position) => name === names[position]);
  if (listed !== undefined && isAppended && names.length - before.length <= MAX_APPENDED) {
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

/** Most bytes of all keys and values of the annotations of one object. @see k8s.io/apimachinery TotalAnnotationSizeLimitB */
const MAX_ANNOTATION_BYTES = 256 * 1024;

/**
 * Most bytes of an object with the additions: etcd takes 1.5 MiB by default. What is kept there is shorter than the JSON, and
 * may be longer by what the API server notes of the fields that were added (managedFields), for which 64 KiB are left.
 */
const MAX_OBJECT_BYTES = 1536 * 1024 - 64 * 1024;

/**
 * Tells whether the object of a request, of which `target` was read, can take these lists. One that becomes no longer than what is
 * stored always can.
 */
export function fitsSizeLimit(
  {
    object,
    oldObject,
    textBytes = Number.POSITIVE_INFINITY,
  }: Pick<AdmissionRequest, "object" | "oldObject" | "textBytes">,
  target: InjectionTarget,
  wanted: WantedLists,
): boolean {
  const addedBytes = countAddedBytes(target, wanted);
  const isShort =
    textBytes + addedBytes <= MAX_OBJECT_BYTES ||
    bytesOf(object) + addedBytes <= Math.max(MAX_OBJECT_BYTES, oldObject === undefined ? 0 : bytesOf(oldObject));
  return isShort && fitsAnnotations(target, wanted.annotation);
}

/** A ServiceAccount alone can bring names of a megabyte. */
function countAddedBytes(target: InjectionTarget, { names, annotation = "" }: WantedLists): number {
  const listed = new Set(target.listed);
  const added = names.filter((name) => !listed.has(name)).map((name) => ({ name }));
  const annotated = target.isTemplate ? countBytes(annotation) - countBytes(target.annotation ?? "") : 0;
  return bytesOf(added) + Math.max(0, annotated);
}

function bytesOf(value: unknown): number {
  return countBytes(JSON.stringify(value));
}

/** Tells whether our annotation has room beside the others of a template. */
export function fitsAnnotations({ isTemplate, template }: InjectionTarget, annotation: string | undefined): boolean {
  if (!isTemplate) return true;
  const existing = memberAt(template, ["metadata", "annotations"]);
  const annotations = { ...(isObject(existing) ? existing : {}), [INJECTED_ANNOTATION]: annotation };
  const bytes = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + countBytes(key) + countBytes(String(value)),
    0,
  );
  return bytes <= MAX_ANNOTATION_BYTES;
}
