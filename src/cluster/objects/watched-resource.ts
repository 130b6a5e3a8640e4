/**
 * What can be watched: the address of a kind of object, and how one of them becomes what the index keeps of it. Which kinds
 * are watched is written in index/cluster-index.ts.
 */
import type { ObjectKey } from "./object-key.ts";

/** The resources in the words of URLs and RBAC rules. */
export type ResourceName = "secrets" | "serviceaccounts";

/** An object as it was at one resource version. */
export interface Observed<T> extends ObjectKey {
  readonly value: T;
}

/** Gives what is known of an object already; undefined: nothing. */
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
  /**
   * Reads one object. Where `known` gives what was read from the same version before, that is used again.
   * @returns undefined when the bytes are not such an object
   */
  read(bytes: Uint8Array, known?: KnownValue<T>): Observed<T> | undefined;
}

/** A kind of object in one namespace, or in all of them. */
export interface ResourceScope<T> {
  readonly resource: WatchedResource<T>;
  /** undefined: all namespaces, or no namespace for objects of the cluster. */
  readonly namespace: string | undefined;
}

/** Path of the list of a resource. */
export function pathOf(resource: ResourceName, namespace: string | undefined): string {
  return namespace === undefined
    ? `/api/v1/${resource}`
    : `/api/v1/namespaces/${encodeURIComponent(namespace)}/${resource}`;
}
