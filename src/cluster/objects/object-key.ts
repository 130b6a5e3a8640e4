/** Reads which object it is and at which version, and nothing else of it. */
import { type JsonObject, memberAt, stringOf } from "../../core/json-value.ts";

/** Namespace and name of an object, and the resource version at which it was seen. */
export interface ObjectKey {
  /** Empty for objects of the cluster, as in the API itself. */
  readonly namespace: string;
  readonly name: string;
  readonly version: number;
}

/** The members that {@link objectKeyOf} reads. */
export const OBJECT_KEY = {
  metadata: { namespace: "value", name: "value", resourceVersion: "value" },
} as const;

/**
 * Gives the key among the members that were picked.
 * @param scope where such objects are; one that is elsewhere has no key
 * @returns undefined when a part of it is missing
 */
export function objectKeyOf(object: JsonObject | undefined, scope: "namespaced" | "cluster"): ObjectKey | undefined {
  const namespace = stringOf(memberAt(object, ["metadata", "namespace"])) ?? "";
  const name = stringOf(memberAt(object, ["metadata", "name"]));
  const version = resourceVersionOf(object);
  return name === undefined || version === undefined || (namespace === "") === (scope === "namespaced")
    ? undefined
    : { namespace, name, version };
}

/** Tells whether `name` can be the name of a namespace or of a ServiceAccount. @see RFC 1123 (labels, joined by dots) */
export function isObjectName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
}

/** The resource version in the metadata of an object, a list or a bookmark; undefined when it has none that can be read. */
export function resourceVersionOf(object: unknown): number | undefined {
  return parseResourceVersion(memberAt(object, ["metadata", "resourceVersion"]));
}

/**
 * Parses a resource version; undefined when it is not one. Versions of one server (all types together) are ordered by time.
 * They are decimal numbers below 2^53, so that the number gives the same text back.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions (comparable since KEP-5504)
 * @example parseResourceVersion("12345") // 12345
 */
export function parseResourceVersion(text: unknown): number | undefined {
  if (typeof text !== "string" || !/^[1-9][0-9]{0,15}$/.test(text)) return undefined;
  const version = Number(text);
  return Number.isSafeInteger(version) ? version : undefined;
}
