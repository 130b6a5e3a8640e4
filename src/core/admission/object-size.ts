/** Whether an object has room for what is added to it: one that is too long fails the user's request. */
import { toByteString } from "../go/byte-string.ts";
import { isObject, memberAt } from "../json-value.ts";
import type { InjectionTarget } from "./injection-target.ts";
import { INJECTED_ANNOTATION } from "./markers.ts";
import type { WantedLists } from "./patch.ts";

/** Most bytes of all keys and values of the annotations of one object. @see k8s.io/apimachinery TotalAnnotationSizeLimitB */
const MAX_ANNOTATION_BYTES = 256 * 1024;

/**
 * Most bytes of an object with the additions: etcd takes 1.5 MiB by default. What is kept there is shorter than the JSON, and
 * may be longer by what the API server notes of the fields that were added (managedFields), for which 64 KiB are left.
 */
const MAX_OBJECT_BYTES = 1536 * 1024 - 64 * 1024;

/** Tells whether `object`, of which `target` was read, can take these lists. */
export function fitsSizeLimit(object: unknown, target: InjectionTarget, { names, annotation }: WantedLists): boolean {
  const added = names.length + (annotation?.length ?? 0);
  return fitsAnnotations(target, annotation) && (added === 0 || JSON.stringify(object).length <= MAX_OBJECT_BYTES);
}

function fitsAnnotations({ isTemplate, template }: InjectionTarget, annotation: string | undefined): boolean {
  if (!isTemplate || annotation === undefined) return true;
  const existing = memberAt(template, ["metadata", "annotations"]);
  const annotations = { ...(isObject(existing) ? existing : {}), [INJECTED_ANNOTATION]: annotation };
  const bytes = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + toByteString(key).length + toByteString(String(value)).length,
    0,
  );
  return bytes <= MAX_ANNOTATION_BYTES;
}
