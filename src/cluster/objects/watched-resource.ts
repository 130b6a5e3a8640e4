/**
 * What can be watched: the address of a kind of object, and how one of them becomes what the index keeps of it. Which kinds
 * are watched is written in index/cluster-index.ts.
 */
import { type JsonObject, memberAt, stringOf } from "../../core/json-value.ts";

/** The resources in the words of URLs and RBAC rules. */
export type ResourceName = "secrets" | "serviceaccounts" | "pods" | "namespaces";

/** An object as it was at one resource version. */
export interface Observed<T> extends ObjectKey {
  readonly value: T;
}

/** Gives what is known of an object already. */
export type KnownValue<T> = (namespace: string, name: string) => T | undefined;

/** One kind of object. */
export interface WatchedResource<T> {
  readonly name: ResourceName;
  /** Whether such objects are in a namespace each, or belong to the cluster. */
  readonly scope: "namespaced" | "cluster";
  /** undefined: all objects of the resource. */
  readonly fieldSelector: string | undefined;
  /** undefined: with whatever labels. */
  readonly labelSelector?: string | undefined;
  /** Short name from a closed set, for logs and readiness. */
  readonly label: string;
  /** Reads one object; undefined when it is none. Where `known` gives what the same version was before, that is used again. */
  read(bytes: Uint8Array, known?: KnownValue<T>): Observed<T> | undefined;
}

/** A kind of object in one namespace, or in all of them. */
export interface ResourceScope<T> {
  readonly resource: WatchedResource<T>;
  /** undefined: all namespaces, or no namespace for objects of the cluster. */
  readonly namespace: string | undefined;
}

/** Namespace and name of an object, and the resource version at which it was seen. */
export interface ObjectKey {
  /** Empty for objects of the cluster, as in the API itself. */
  readonly namespace: string;
  readonly name: string;
  readonly version: number;
}

/** The members that {@link objectKeyOf} reads. */
export const OBJECT_KEY = { metadata: { namespace: "value", name: "value", resourceVersion: "value" } } as const;

/** Gives the key among the members that were picked; undefined when a part is missing, or the object is not in its `scope`. */
export function objectKeyOf(object: JsonObject | undefined, scope: "namespaced" | "cluster"): ObjectKey | undefined {
  const namespace = stringOf(memberAt(object, ["metadata", "namespace"])) ?? "";
  const name = stringOf(memberAt(object, ["metadata", "name"]));
  const version = resourceVersionOf(object);
  return name === undefined || version === undefined || (namespace === "") === (scope === "namespaced")
    ? undefined
    : { namespace, name, version };
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
