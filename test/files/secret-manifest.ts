/** Makes manifests and reviews for tests; the password in them must never be seen anywhere. */

/** The password in every Secret made here. */
export const PASSWORD = "Hunter2-Zx9-secret";

/** Gives the docker config for `registries` as JSON text. */
export function dockerConfig(registries: readonly string[]): string {
  const auth = Buffer.from(`user:${PASSWORD}`).toString("base64");
  return JSON.stringify({
    auths: Object.fromEntries(registries.map((key) => [key, { username: "user", password: PASSWORD, auth }])),
  });
}

/** Gives a Secret of type kubernetes.io/dockerconfigjson as `kubectl create secret docker-registry` makes it. */
export function secretManifest(
  [namespace, name]: readonly [string, string],
  registries: readonly string[],
): Record<string, unknown> {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    type: "kubernetes.io/dockerconfigjson",
    data: { ".dockerconfigjson": Buffer.from(dockerConfig(registries)).toString("base64") },
  };
}

/** Gives a Pod with one container for each of `images`. */
export function podManifest(
  [namespace, name]: readonly [string, string],
  images: readonly string[],
): Record<string, unknown> {
  const containers = images.map((image, index) => ({ name: `c${index}`, image }));
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace }, spec: { containers } };
}

/** Gives the review that asks for the creation of `object` in `namespace`. */
export function reviewOf(namespace: string, object: unknown, kind = "Pod"): Record<string, unknown> {
  const request = { uid: "u", kind: { group: "", version: "v1", kind }, operation: "CREATE", namespace, object };
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request };
}

/** Gives `objects` as a v1 List in JSON. */
export function listOf(objects: readonly unknown[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
}
