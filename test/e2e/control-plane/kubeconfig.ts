/** Writes kubeconfig files for a control plane, as kubectl and pullring read them. JSON is YAML, so no YAML writer is needed. */

/** Who the file makes its user. */
export type KubeconfigUser =
  | { readonly token: string }
  /** A path that is read again and again, so that a test can renew the token in place. */
  | { readonly tokenFile: string }
  /** The administrator, impersonating this user: the API server then decides by the rights of that user alone. */
  | { readonly impersonate: string; readonly groups?: readonly string[] };

/** Where the file points to. */
export interface KubeconfigServer {
  readonly url: string;
  readonly caFile: string;
  readonly adminToken: string;
  /** Namespace of the context; default `default`. */
  readonly namespace?: string;
}

/** The content of a kubeconfig file with one context, `pullring-test`. */
export function kubeconfigText(server: KubeconfigServer, user: KubeconfigUser): string {
  const name = "pullring-test";
  const context = { cluster: name, user: name, namespace: server.namespace ?? "default" };
  return JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name, cluster: { server: server.url, "certificate-authority": server.caFile } }],
      users: [{ name, user: userEntry(server, user) }],
      contexts: [{ name, context }],
      "current-context": name,
    },
    undefined,
    2,
  );
}

function userEntry(server: KubeconfigServer, user: KubeconfigUser): Readonly<Record<string, unknown>> {
  if ("token" in user) return { token: user.token };
  if ("tokenFile" in user) return { tokenFile: user.tokenFile };
  return {
    token: server.adminToken,
    as: user.impersonate,
    ...(user.groups && { "as-groups": user.groups }),
  };
}
