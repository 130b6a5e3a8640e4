/** What the metadata of every Kubernetes object says. */
import { memberAt } from "./json-value.ts";

/** Tells whether most objects may have this name, namespaces, ServiceAccounts and Secrets among them. @see RFC 1123 (labels, joined by dots) */
export function isObjectName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
}

/** Tells whether the deletion of `object` has begun. */
export function isBeingDeleted(object: unknown): boolean {
  return (memberAt(object, ["metadata", "deletionTimestamp"]) ?? null) !== null;
}
