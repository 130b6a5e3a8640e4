/** Writes kubeconfig files for a control plane, as kubectl and pullring read them. JSON is YAML, so no YAML writer is needed. */

/** Who the file makes its user; the path of a token is read again and again, so that a test can renew the token in place. */
export type KubeconfigUser = { readonly token: string } | { readonly tokenFile: string };

/** Where the file points to. */
export interface KubeconfigServer {
  readonly url: string;
  readonly caFile: string;
}

/** The content of a kubeconfig file with one context, `pullring-test`, in namespace `default`. */
export function kubeconfigText({ url, caFile }: KubeconfigServer, user: KubeconfigUser): string {
  const name = "pullring-test";
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: url, "certificate-authority": caFile } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: "default" } }],
    "current-context": name,
  };
  return JSON.stringify(config, undefined, 2);
}
