/** What a reflector reads: the address of a kind of object, and how one of them becomes what the index keeps. */
import type { AccessRule } from "../api/access-rule.ts";

/** An object as it was at one resource version. */
export interface Observed<T> {
  readonly namespace: string;
  readonly name: string;
  readonly version: number;
  readonly value: T;
}

/** Gives what is known of an object already; undefined: nothing. */
export type KnownValue<T> = (namespace: string, name: string) => T | undefined;

/** One kind of object in one scope. */
export interface WatchedResource<T> {
  readonly resource: "secrets" | "serviceaccounts";
  /** undefined: all namespaces. */
  readonly namespace: string | undefined;
  /** undefined: all objects of the resource. */
  readonly fieldSelector: string | undefined;
  /** Short name from a closed set, for metrics, logs and readiness. */
  readonly label: string;
  /**
   * Reads one object. Where `known` gives what was read from the same version before, nothing is built again.
   * @returns undefined when the bytes are no such object
   */
  readonly read: (bytes: Uint8Array, known?: KnownValue<T>) => Observed<T> | undefined;
}

/** Path of the list of `resource`. */
export function pathOf({ resource, namespace }: Pick<AccessRule, "resource" | "namespace">): string {
  return namespace === undefined
    ? `/api/v1/${resource}`
    : `/api/v1/namespaces/${encodeURIComponent(namespace)}/${resource}`;
}
