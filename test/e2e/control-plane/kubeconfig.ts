/** The content of a kubeconfig file in namespace `default`. JSON is YAML, so no YAML writer is needed. */
export function kubeconfigText(
  { url, caFile }: { readonly url: string; readonly caFile: string },
  /** A token file is read again and again, so that a test can renew the token in place. */
  user: { readonly token: string } | { readonly tokenFile: string },
): string {
  const name = "pullring-test";
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: url, "certificate-authority": caFile } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: "default" } }],
    "current-context": name,
  };
  return JSON.stringify(config);
}
