/** The objects that cluster tests create, as their kinds demand them and no more, and what tests read of stored ones. */
import type { KubeObject } from "../control-plane/api-client.ts";

/** Parts of a Pod spec beyond its one container. */
export type PodSpecParts = Readonly<Record<string, unknown>>;

/** A Pod with one container. */
export function podOf(name: string, image: string, spec: PodSpecParts = {}): object {
  return { apiVersion: "v1", kind: "Pod", metadata: { name }, spec: podSpec(image, spec) };
}

/** A Deployment with one replica. */
export function deploymentOf(name: string, image: string, spec: PodSpecParts = {}): object {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: { selector: { matchLabels: { app: name } }, template: templateOf(name, image, spec) },
  };
}

/** A Pod template with label `app`. */
export function templateOf(app: string, image: string, spec: PodSpecParts = {}): object {
  return { metadata: { labels: { app } }, spec: podSpec(image, spec) };
}

function podSpec(image: string, spec: PodSpecParts): object {
  return { containers: [{ name: "main", image }], ...spec };
}

/** A credential of type kubernetes.io/dockerconfigjson, as `kubectl create secret docker-registry` makes it. */
export function credentialOf(
  name: string,
  registryKey: string,
  login: { readonly username: string; readonly password: string } = { username: "robot", password: "secret" },
): object {
  const auth = Buffer.from(`${login.username}:${login.password}`).toString("base64");
  return rawCredentialOf(name, JSON.stringify({ auths: { [registryKey]: { ...login, auth } } }));
}

/** A credential of type kubernetes.io/dockerconfigjson with any content that is JSON. */
export function rawCredentialOf(name: string, dockerConfig: string): object {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name },
    type: "kubernetes.io/dockerconfigjson",
    data: { ".dockerconfigjson": Buffer.from(dockerConfig).toString("base64") },
  };
}

interface PullSecretList {
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
}

/** Names in the list of pull secrets of a stored Pod or of a stored workload's template. */
export function pullSecretsOf(object: KubeObject): readonly string[] {
  const spec = object.spec as PullSecretList & {
    readonly template?: { readonly spec: PullSecretList };
    readonly jobTemplate?: { readonly spec: { readonly template: { readonly spec: PullSecretList } } };
  };
  const podSpec = spec.jobTemplate?.spec.template.spec ?? spec.template?.spec ?? spec;
  return (podSpec.imagePullSecrets ?? []).map(({ name }) => name ?? "");
}
