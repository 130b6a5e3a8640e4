/**
 * The client certificate of the API server towards webhooks, configured as docs/security.md says: an admission
 * configuration whose kubeconfig names a user for the Service of pullring.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { IssuedCertificate } from "../server/client-certificates.ts";

/** What the API server is started with; who it shows itself as can be changed between two starts. */
export interface AdmissionKubeconfig {
  readonly apiServerFlags: readonly string[];
  /** undefined: it shows no certificate. */
  showAs(client: IssuedCertificate | undefined): void;
}

/** Writes the files into `directory`, without a certificate at first. */
export function writeAdmissionKubeconfig(directory: string): AdmissionKubeconfig {
  const path = (name: string): string => join(directory, name);
  const write = (name: string, content: object): void => writeFileSync(path(name), JSON.stringify(content));
  write("admission.yaml", {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "AdmissionConfiguration",
    plugins: [
      {
        name: "MutatingAdmissionWebhook",
        configuration: {
          apiVersion: "apiserver.config.k8s.io/v1",
          kind: "WebhookAdmissionConfiguration",
          kubeConfigFile: path("webhooks.kubeconfig"),
        },
      },
    ],
  });
  const showAs: AdmissionKubeconfig["showAs"] = (client) => {
    const files = { "client-certificate": path("client.crt"), "client-key": path("client.key") };
    if (client !== undefined) {
      writeFileSync(files["client-certificate"], client.cert);
      writeFileSync(files["client-key"], client.key, { mode: 0o600 });
    }
    const users = client === undefined ? [] : [{ name: "pullring.pullring.svc", user: files }];
    write("webhooks.kubeconfig", { apiVersion: "v1", kind: "Config", users });
  };
  showAs(undefined);
  return { apiServerFlags: [`--admission-control-config-file=${path("admission.yaml")}`], showAs };
}
