/** The rights that manifests grant and those that an audit log shows in use, in one form. It talks to nothing. */
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
  /** `VERB RESOURCE[/NAME][ in NAMESPACE]` */
  readonly text: string;
}

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Every verb of every resource that Roles and ClusterRoles among `manifests` grant. */
export function listGrantedRights(manifests: readonly Manifest[]): readonly GrantedRight[] {
  const roles = manifests.filter(({ kind }) => kind === "ClusterRole" || kind === "Role");
  return roles.flatMap((role) =>
    rulesOf(role).flatMap(({ resources, verbs, resourceNames = [undefined] }, rule) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) =>
          resourceNames.map((name) => {
            const text = describeRight(verb, resource, { name, namespace: role.metadata.namespace });
            return { role, rule, verb, resource, text };
          }),
        ),
      ),
    ),
  );
}

/** The role without one of its rights. */
export function withoutRight({ role, rule, verb }: GrantedRight): object {
  const rules = rulesOf(role).map((kept, position) =>
    position === rule ? { ...kept, verbs: kept.verbs.filter((other) => other !== verb) } : kept,
  );
  return { ...role, rules: rules.filter(({ verbs }) => verbs.length > 0) };
}

/** The roles among `manifests`, one of them at a time with one verb more than it has, and the right that this is. */
export function listExcessive(
  manifests: readonly Manifest[],
): readonly { readonly manifests: readonly Manifest[]; readonly text: string }[] {
  const rights = listGrantedRights(manifests);
  const first = rights.filter(({ role, rule }, position) => {
    return rights.findIndex((other) => other.role === role && other.rule === rule) === position;
  });
  return first.map(({ role, rule, verb, text }) => {
    const rules = rulesOf(role).map((kept, position) =>
      position === rule ? { ...kept, verbs: [...kept.verbs, EXCESSIVE] } : kept,
    );
    return {
      manifests: manifests.map((manifest) => (manifest === role ? { ...role, rules } : manifest)),
      text: text.replace(verb, EXCESSIVE),
    };
  });
}

/** A verb that pullring needs nowhere. */
const EXCESSIVE = "delete";

/** What `manifests` grant and nothing used, sorted. */
export function listUnused(manifests: readonly Manifest[], used: readonly string[]): readonly string[] {
  const granted = listGrantedRights(manifests).map(({ text }) => text);
  return [...new Set(granted)].filter((text) => !used.includes(text)).sort();
}

/** The rights that a request needed; a watch or list that selects one name counts as one of that name. */
export function rightOf(event: AuditEvent): string {
  const { resource = "", namespace, name } = event.objectRef ?? {};
  const selector = new URL(event.requestURI, "https://server").searchParams.get("fieldSelector") ?? "";
  const selected = /^metadata\.name=(.+)$/.exec(selector)?.[1];
  // A single ServiceAccount is read under a right to all of them.
  const isNamed = resource !== "serviceaccounts";
  return describeRight(event.verb, resource, { name: isNamed ? (name ?? selected) : undefined, namespace });
}

interface Place {
  readonly name: string | undefined;
  readonly namespace: string | undefined;
}

function describeRight(verb: string, resource: string, { name, namespace }: Place): string {
  const object = name === undefined ? resource : `${resource}/${name}`;
  return namespace === undefined ? `${verb} ${object}` : `${verb} ${object} in ${namespace}`;
}

function rulesOf(role: Manifest): readonly Rule[] {
  return role.rules as readonly Rule[];
}
