/** Reads Namespaces into what sharing needs of them: their labels, and whether they are on their way out. */
import { labelsOf } from "../../core/admission/webhook-selection.ts";
import type { Labels } from "../../core/labels/label-selector.ts";
import { isBeingDeleted } from "../../core/object-metadata.ts";
import { pickMembers } from "./json-pick.ts";
import { OBJECT_KEY, objectKeyOf, type WatchedResource } from "./watched-resource.ts";

/** A Namespace. */
export interface Namespace {
  readonly labels: Labels;
  readonly isBeingDeleted: boolean;
}

const MEMBERS = { metadata: { ...OBJECT_KEY.metadata, deletionTimestamp: "value", labels: "short-texts" } } as const;

/** All Namespaces, or the one of this name, whose right can be limited to it. */
export function namespaceResource(name?: string): WatchedResource<Namespace> {
  return { ...NAMESPACES, fieldSelector: name && `metadata.name=${name}` };
}

const NAMESPACES: WatchedResource<Namespace> = {
  name: "namespaces",
  scope: "cluster",
  fieldSelector: undefined,
  label: "namespaces",
  read: (bytes) => {
    const object = pickMembers(bytes, MEMBERS);
    const key = objectKeyOf(object, "cluster");
    if (object === undefined || key === undefined) return undefined;
    return { ...key, value: { labels: labelsOf(object), isBeingDeleted: isBeingDeleted(object) } };
  },
};
