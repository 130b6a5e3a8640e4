/** The rights that manifests grant, one by one, in the words of pullring and of tests. */
import type { Manifest } from "../manifests/manifest.ts";

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** A right that RBAC grants. */
export interface Right {
  readonly verb: string;
  readonly resource: string;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  /** The Role or ClusterRole without it. */
  readonly without: object;
  readonly role: Manifest;
}

/** `VERB RESOURCE[/NAME][ in NAMESPACE]`. */
export function textOf({ verb, resource, name, namespace }: Omit<Right, "role" | "without">): string {
  const object = name === undefined ? resource : `${resource}/${name}`;
  return namespace === undefined ? `${verb} ${object}` : `${verb} ${object} in ${namespace}`;
}

/** Every verb of every resource that Roles and ClusterRoles among `manifests` grant. */
export function rightsOf(manifests: readonly Manifest[]): readonly Right[] {
  return manifests
    .filter(({ kind }) => kind === "ClusterRole" || kind === "Role")
    .flatMap((role) => {
      const rules = role.rules as readonly Rule[];
      return rules.flatMap(({ resources, verbs, resourceNames: [name] = [] }, position) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => {
            const rule = rules[position] as Rule;
            const rest = [
              { ...rule, resources: [resource], verbs: verbs.filter((other) => other !== verb) },
              { ...rule, resources: resources.filter((other) => other !== resource) },
            ];
            const kept = rules
              .toSpliced(position, 1, ...rest)
              .filter((each) => each.verbs.length > 0 && each.resources.length > 0);
            return {
              verb,
              resource,
              name,
              namespace: role.metadata.namespace,
              role,
              without: { ...role, rules: kept },
            };
          }),
        ),
      );
    });
}

/** The words of pullring for a right. */
export function missingRight({ verb, resource, name, namespace }: Right): string {
  const object = name === undefined ? resource : `${resource}/${name}`;
  if (namespace !== undefined) return `missing right: ${verb} ${object} in namespace ${namespace}`;
  return `missing right: ${verb} ${object}${name === undefined ? " in all namespaces" : ""}`;
}
