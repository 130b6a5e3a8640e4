/** The rights that each process of pullring needs, by its arguments, as manifests/ gives them. */
import type { Right } from "../verdicts/installation-finding.ts";

/** What a process was told, as far as its rights depend on it. */
export interface ProcessArguments {
  readonly command: "serve" | "controller";
  /** Empty for all. */
  readonly namespaces: readonly string[];
  /** Namespace that it runs in. */
  readonly ownNamespace: string;
  /** Name of the Secret with the certificates that it manages; undefined where it manages none. */
  readonly tlsSecret: string | undefined;
  readonly configuration: string;
  readonly heals: "evict" | "report" | undefined;
  readonly shares: boolean;
  /** Namespace of the shared credentials; undefined: the process knows of none. */
  readonly sharedNamespace: string | undefined;
}

/** Reads the arguments of a container; undefined when they are not those of pullring. */
export function readArguments(args: readonly string[], ownNamespace: string): ProcessArguments | undefined {
  const [command] = args;
  if (command !== "serve" && command !== "controller") return undefined;
  const valuesOf = (...flags: readonly string[]): readonly string[] =>
    args.flatMap((arg, index) => {
      const [flag = "", value = args[index + 1] ?? ""] = arg.split(/=(.*)/s, 2);
      return flags.includes(flag) ? [value] : [];
    });
  const isManaged = valuesOf("--tls").join() === "managed";
  const [heal] = args.filter((arg) => /^--heal(?:=|$)/.test(arg));
  return {
    command,
    namespaces: valuesOf("--namespace", "-n"),
    ownNamespace,
    tlsSecret: isManaged ? (valuesOf("--tls-secret")[0] ?? "pullring-tls") : undefined,
    configuration: valuesOf("--webhook-configuration")[0] ?? "pullring",
    heals: heal === undefined ? undefined : heal.endsWith("=report") ? "report" : "evict",
    shares: args.includes("--share"),
    sharedNamespace: valuesOf("--shared-namespace")[0],
  };
}

/** Gives the rights of a process, in the order of their importance. */
export function rightsOf(given: ProcessArguments): readonly Right[] {
  const rights = [...rightsOfCommand(given), ...rightsOfSharing(given)];
  return [...new Map(rights.map((right) => [JSON.stringify(right), right])).values()];
}

/** Of the webhook to know what is shared, of the controller to copy it. */
function rightsOfSharing(given: ProcessArguments): readonly Right[] {
  const { command, namespaces, configuration, shares, sharedNamespace } = given;
  if (sharedNamespace === undefined || (command === "controller" && !shares)) return [];
  const core = (verbs: string, resource: string, where: Pick<Right, "namespace" | "name">): readonly Right[] =>
    verbs.split(" ").map((verb) => ({ verb, group: "", resource, ...where }));
  const inScopes = (verbs: string, resource: string): readonly Right[] =>
    namespaces.length > 0
      ? namespaces.flatMap((namespace) => core(verbs, resource, { namespace }))
      : core(verbs, resource, { namespace: undefined });
  const ofNamespaces = (verbs: string): readonly Right[] =>
    namespaces.length > 0
      ? namespaces.flatMap((name) => core(verbs, "namespaces", { name }))
      : core(verbs, "namespaces", {});
  const sources = (verbs: string): readonly Right[] =>
    namespaces.length > 0 ? core(verbs, "secrets", { namespace: sharedNamespace }) : [];
  if (command === "serve") return [...sources("list watch"), ...ofNamespaces("get list watch")];
  const webhooks = { group: "admissionregistration.k8s.io", resource: "mutatingwebhookconfigurations" };
  return [
    ...sources("get list watch"),
    ...inScopes("get list watch create update delete", "secrets"),
    ...ofNamespaces("list watch"),
    ...inScopes("list watch", "pods"),
    ...["get", "watch"].map((verb) => ({ verb, ...webhooks, name: configuration })),
    ...core("create", "events", { namespace: sharedNamespace }),
  ];
}

function rightsOfCommand(given: ProcessArguments): readonly Right[] {
  const { command, namespaces, ownNamespace, tlsSecret, configuration: name, heals } = given;
  const scopes: readonly (string | undefined)[] = namespaces.length > 0 ? namespaces : [undefined];
  const inScopes = (verbs: string, resource: string, group = ""): readonly Right[] =>
    scopes.flatMap((namespace) => verbs.split(" ").map((verb) => ({ verb, group, resource, namespace })));
  const configuration = { group: "admissionregistration.k8s.io", resource: "mutatingwebhookconfigurations", name };
  const credentials = [...inScopes("list watch", "secrets"), ...inScopes("get list watch", "serviceaccounts")];
  if (command === "serve") {
    if (tlsSecret === undefined) return credentials;
    const own = { group: "", resource: "secrets", namespace: ownNamespace, name: tlsSecret };
    return [
      ...credentials,
      ...["get", "update"].map((verb) => ({ verb, ...own })),
      ...["get", "watch", "update"].map((verb) => ({ verb, ...configuration })),
    ];
  }
  if (heals === undefined) return [];
  return [
    ...credentials,
    ...inScopes("list watch", "pods"),
    { verb: "get", ...configuration },
    { verb: "list", group: "discovery.k8s.io", resource: "endpointslices", namespace: ownNamespace },
    { verb: "get", group: "", resource: "namespaces" },
    ...inScopes("get create", "events"),
    ...["replicasets", "deployments", "statefulsets", "daemonsets"].flatMap((resource) =>
      inScopes("get", resource, "apps"),
    ),
    ...["jobs", "cronjobs"].flatMap((resource) => inScopes("get", resource, "batch")),
    ...inScopes("get", "replicationcontrollers"),
    ...(heals === "evict" ? inScopes("create", "pods/eviction") : []),
  ];
}
