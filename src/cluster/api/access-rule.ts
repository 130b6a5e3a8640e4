/** A right that pullring needs, in the words of an RBAC rule. It grants and checks nothing. */

/** One verb on one resource. */
export interface AccessRule {
  readonly verb: "get" | "list" | "watch" | "update";
  readonly resource: "secrets" | "serviceaccounts" | "mutatingwebhookconfigurations";
  /** undefined: in all namespaces, by a ClusterRole. */
  readonly namespace: string | undefined;
  /** The one object that is meant; missing: all of them. */
  readonly name?: string;
}

/**
 * Says which right is meant, for logs, readiness and people.
 * @example describeAccessRule({ verb: "watch", resource: "secrets", namespace: undefined }) // "watch secrets in all namespaces"
 * @example describeAccessRule({ verb: "get", resource: "secrets", namespace: "a", name: "b" }) // "get secrets/b in namespace a"
 */
export function describeAccessRule({ verb, resource, namespace, name }: AccessRule): string {
  const place = namespace === undefined ? "in all namespaces" : `in namespace ${namespace}`;
  if (name === undefined) return `${verb} ${resource} ${place}`;
  return `${verb} ${resource}/${name}${namespace === undefined ? "" : ` ${place}`}`;
}
