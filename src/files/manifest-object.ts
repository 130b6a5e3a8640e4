/** Takes the Kubernetes objects out of parsed manifest documents: lists of every kind are unrolled. */
import { isObject, type JsonObject, memberOf, stringOf } from "../core/json-value.ts";

/** The objects of a file in order, and the reasons why some documents hold none. */
export interface ManifestObjects {
  readonly objects: readonly JsonObject[];
  readonly reasons: readonly string[];
}

/**
 * Gives the objects in `documents`. Empty documents are ignored; what is no object, or has no `kind`, is named by its
 * position, counted from 1.
 */
export function listManifestObjects(documents: readonly unknown[]): ManifestObjects {
  const objects: JsonObject[] = [];
  const reasons: string[] = [];
  documents.forEach((document, index) => {
    if (document !== null && document !== undefined) collect(document, `document ${index + 1}`, { objects, reasons });
  });
  return { objects, reasons };
}

interface Collection {
  readonly objects: JsonObject[];
  readonly reasons: string[];
}

function collect(value: unknown, place: string, into: Collection): void {
  if (!isObject(value)) {
    into.reasons.push(`${place} is not an object`);
    return;
  }
  const kind = stringOf(memberOf(value, "kind"));
  if (kind === undefined || kind === "") {
    into.reasons.push(`${place} has no kind`);
    return;
  }
  if (!kind.endsWith("List")) {
    into.objects.push(value);
    return;
  }
  collectItems(value, { kind, place }, into);
}

/** The items of a `PodList`, as the API server sends it, have no kind of their own; those of a `List` always have one. */
function collectItems(
  list: JsonObject,
  { kind, place }: { readonly kind: string; readonly place: string },
  into: Collection,
): void {
  const items = memberOf(list, "items") ?? [];
  if (!Array.isArray(items)) {
    into.reasons.push(`the items of ${place} are not a list`);
    return;
  }
  const itemKind = kind.slice(0, -"List".length);
  const inherited = itemKind === "" ? {} : { apiVersion: memberOf(list, "apiVersion"), kind: itemKind };
  items.forEach((item: unknown, index) => {
    const typed = isObject(item) && memberOf(item, "kind") === undefined ? { ...inherited, ...item } : item;
    collect(typed, `item ${index + 1} of ${place}`, into);
  });
}
