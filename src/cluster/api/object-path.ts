/** Where the API server has objects. */

/** What an object is addressed by. */
export interface ObjectAddress {
  /** "" for the core group. The version is v1. */
  readonly group: string;
  readonly resource: string;
  /** undefined for objects of the cluster, and for a collection over all namespaces. */
  readonly namespace: string | undefined;
  /** "" for the collection. */
  readonly name: string;
}

/** Path of an object, or of its collection. */
export function pathOfObject({ group, resource, namespace, name }: ObjectAddress): string {
  const root = group === "" ? "/api/v1" : `/apis/${group}/v1`;
  const place = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${place}/${resource}${name === "" ? "" : `/${encodeURIComponent(name)}`}`;
}
