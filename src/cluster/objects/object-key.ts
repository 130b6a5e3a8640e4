/** Reads where an object stands and at which version, and nothing else of it. */
import { type JsonObject, memberAt, stringOf } from "../../core/json-value.ts";
import { parseResourceVersion } from "./resource-version.ts";

/** Namespace, name and resource version of an object. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
  readonly version: number;
}

/** The members that tell them. */
export const OBJECT_KEY = {
  metadata: { namespace: "value", name: "value", resourceVersion: "value" },
} as const;

/** Gives the coordinates among the members that were picked; undefined when they are not those of a namespaced object. */
export function objectKeyOf(object: JsonObject | undefined): ObjectKey | undefined {
  const namespace = stringOf(memberAt(object, ["metadata", "namespace"]));
  const name = stringOf(memberAt(object, ["metadata", "name"]));
  const version = parseResourceVersion(memberAt(object, ["metadata", "resourceVersion"]));
  return namespace === undefined || name === undefined || version === undefined
    ? undefined
    : { namespace, name, version };
}
