/** The rights that manifests grant and those that an audit log shows in use, in one form: `VERB RESOURCE[/NAME][ in NAMESPACE]`. */
import type { AuditEvent } from "../e2e/control-plane/audit-log.ts";
import type { Manifest } from "../manifests/manifest.ts";

/** A right that RBAC grants; taking away its verb is one change of one rule. */
export interface GrantedRight {
  /** The Role or ClusterRole. */
  readonly role: Manifest;
  /** Position of the rule in `role`. */
  readonly rule: number;
  readonly verb: string;
  readonly resource: string;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly text: string;
}

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Every verb of every resource that Roles and ClusterRoles among `manifests` grant. */
export function listGrantedRights(manifests: readonly Manifest[]): readonly GrantedRight[] {
  return manifests
    .filter(({ kind }) => kind === "ClusterRole" || kind === "Role")
    .flatMap((role) =>
      (role.rules as readonly Rule[]).flatMap(({ resources, verbs, resourceNames = [undefined] }, rule) =>
        resources.flatMap((resource) =>
          verbs.flatMap((verb) =>
            resourceNames.map((name) => {
              const { namespace } = role.metadata;
              return {
                role,
                rule,
                verb,
                resource,
                name,
                namespace,
                text: describeRight(verb, resource, name, namespace),
              };
            }),
          ),
        ),
      ),
    );
}

/** The role without one of its rights. */
export function withoutRight({ role, rule, verb }: GrantedRight): object {
  const rules = (role.rules as readonly Rule[]).map((kept, position) =>
    position === rule ? { ...kept, verbs: kept.verbs.filter((other) => other !== verb) } : kept,
  );
  return { ...role, rules: rules.filter(({ verbs }) => verbs.length > 0) };
}

/**
 * The right that a request of pullring needed; a watch or list that selects one name counts as one of that name.
 * @param placeOf the namespace of the rule that allows requests in a namespace
 */
export function rightOf(event: AuditEvent, placeOf: (namespace: string) => string | undefined): string {
  const { resource = "", namespace = "", name } = event.objectRef ?? {};
  const selector = new URL(event.requestURI, "https://server").searchParams.get("fieldSelector") ?? "";
  const selected = /^metadata\.name=(.+)$/.exec(selector)?.[1];
  // A single ServiceAccount is read under a right to all of them; the right to certificates is that of one namespace.
  const named = resource === "serviceaccounts" ? undefined : (name ?? selected);
  return describeRight(event.verb, resource, named, namespace === "pullring" ? namespace : placeOf(namespace));
}

function describeRight(verb: string, resource: string, name?: string, namespace?: string): string {
  const object = name === undefined ? resource : `${resource}/${name}`;
  return namespace === undefined ? `${verb} ${object}` : `${verb} ${object} in ${namespace}`;
}
