/** ServiceAccounts by the number, and the templates and Pods that name them. All need the credential `needed`. */
import type { ApiClient, KubeObject } from "../control-plane/api-client.ts";
import { createNamespace, type Namespace } from "./namespace.ts";
import { credentialOf, deploymentOf, podOf } from "./objects.ts";

/** The image of all. */
export const IMAGE = "quay.io/acme/web";

/** A namespace with the credential, and what creates ServiceAccounts there. */
export interface PreparedAccounts {
  readonly namespace: Namespace;
  /** Creates one and gives its name. */
  createAccount(number: number, fields?: object): Promise<string>;
}

/** Makes the namespace. */
export async function prepareAccounts(api: ApiClient, name: string): Promise<PreparedAccounts> {
  const namespace = await createNamespace(api, name);
  await namespace.create("secrets", credentialOf("needed", "quay.io"));
  return {
    namespace,
    createAccount: async (number, fields = {}) => {
      const metadata = { name: `account-${number}` };
      const account = { apiVersion: "v1", kind: "ServiceAccount", metadata, ...fields };
      await namespace.create("serviceaccounts", account);
      return metadata.name;
    },
  };
}

/** By this Pod the ServiceAccount is read, and from then on known. */
export async function makeKnown(namespace: Namespace, account: string): Promise<void> {
  const pod = podOf("known", IMAGE, { serviceAccountName: account });
  await namespace.create("pods", pod, "?dryRun=All");
}

/** A Deployment that pullring fills. */
export function createTemplate(namespace: Namespace, account: string): Promise<KubeObject> {
  const spec = { serviceAccountName: account };
  return namespace.create("apps/v1/deployments", deploymentOf(account, IMAGE, spec));
}

/** A Pod as a controller makes it of a template that pullring filled before. */
export function createFilledPod(namespace: Namespace, name: string, account: string): Promise<KubeObject> {
  const spec = { serviceAccountName: account, imagePullSecrets: [{ name: "needed" }] };
  const metadata = { name, annotations: { "pullring.dev/injected": "needed" } };
  return namespace.create("pods", { ...podOf(name, IMAGE, spec), metadata });
}
