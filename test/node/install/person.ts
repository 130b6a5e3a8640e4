/** What a person does with a cluster: installs pullring, makes credentials, sees why a Pod waits. */
import { fileURLToPath } from "node:url";
import type { Namespace } from "../../e2e/webhook/namespace.ts";
import { repositoryRoot } from "../../manifests/manifest.ts";
import { waitUntil } from "../../wait-until.ts";
import type { RealNode } from "../boot/real-node.ts";

export const INSTALL_YAML: string = fileURLToPath(new URL("manifests/install.yaml", repositoryRoot));

/** Installs as the documents say, and returns when `kubectl rollout status` does. */
export async function installPullring(node: RealNode): Promise<void> {
  await node.plane.kubectl(["apply", "-f", INSTALL_YAML]);
  await waitForRollout(node);
}

export function waitForRollout(node: RealNode): Promise<void> {
  return waitWith(node, "pullring", "rollout", "status", "deployment/pullring");
}

/** Waits with a command of kubectl that takes `--timeout`. @throws Error with what the namespace shows, when it fails */
export async function waitWith({ plane }: RealNode, namespace: string, ...command: readonly string[]): Promise<void> {
  const inNamespace = ["-n", namespace];
  try {
    await plane.kubectl([...inNamespace, ...command, "--timeout=50s"]);
  } catch (cause) {
    const { stdout } = await plane.kubectl([...inNamespace, "get", "pods,events", "-o", "wide"]);
    throw new Error(`kubectl ${command.join(" ")} in namespace ${namespace}:\n${stdout}`, { cause });
  }
}

/** Whose login for which registry. */
export interface Credential {
  readonly namespace: string;
  readonly name: string;
  /** As for `--docker-server`. */
  readonly server: string;
  /** A user of the registry; the password is that of now. */
  readonly user: string;
}

/** Makes a Secret as `kubectl create secret docker-registry` does, or changes it as `kubectl apply` does. */
export async function createCredential(node: RealNode, { namespace, name, server, user }: Credential): Promise<void> {
  const login = [`--docker-username=${user}`, `--docker-password=${node.rights.users.get(user)}`];
  const args = ["-n", namespace, "create", "secret", "docker-registry", name, `--docker-server=${server}`, ...login];
  const { stdout } = await node.plane.kubectl([...args, "--dry-run=client", "-o", "yaml"]);
  await node.plane.kubectl(["apply", "-f", "-"], stdout);
}

interface PodStatus {
  readonly containerStatuses?: readonly { readonly state?: { readonly waiting?: { readonly reason?: string } } }[];
}

/** Waits until a container of the Pod waits with a reason such as `ErrImagePull`. */
export async function waitForReason(namespace: Namespace, pod: string, reason: RegExp): Promise<void> {
  await waitUntil(`Pod ${pod} to wait with ${reason}`, async () => {
    const { status } = (await namespace.read("pods", pod)) as { readonly status?: PodStatus };
    return status?.containerStatuses?.some(({ state }) => reason.test(state?.waiting?.reason ?? ""));
  });
}
