/** A right that pullring needs, in the words of an RBAC rule. It grants and checks nothing. */

/** One verb on one resource of the core API group. */
export interface AccessRule {
  readonly verb: "get" | "list" | "watch";
  readonly resource: "secrets" | "serviceaccounts";
  /** undefined: in all namespaces, by a ClusterRole. */
  readonly namespace: string | undefined;
}

/**
 * Says which right is meant, for logs, readiness and people.
 * @example describeAccessRule({ verb: "watch", resource: "secrets", namespace: undefined }) // "watch secrets in all namespaces"
 */
export function describeAccessRule({ verb, resource, namespace }: AccessRule): string {
  return `${verb} ${resource} ${namespace === undefined ? "in all namespaces" : `in namespace ${namespace}`}`;
}
