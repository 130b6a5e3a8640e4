/** Makes the AdmissionReview that an API server sends for a manifest which somebody applies. */
import { randomUUID } from "node:crypto";

/** A manifest of the demo. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: PodSpec & { readonly template?: { readonly spec: PodSpec } };
}

interface PodSpec {
  readonly imagePullSecrets?: readonly { readonly name: string }[];
}

/** Gives the names in the list of pull secrets of a Pod or of a workload's template. */
export function pullSecretsOf(manifest: Manifest): readonly string[] {
  const podSpec = manifest.spec.template?.spec ?? manifest.spec;
  return (podSpec.imagePullSecrets ?? []).map(({ name }) => name);
}

/** Wraps the creation of `manifest` in a review. @see k8s.io/api/admission/v1 AdmissionReview */
export function reviewOf(manifest: Manifest): object {
  const [version = "", group = ""] = manifest.apiVersion.split("/").reverse();
  const kind = { group, version, kind: manifest.kind };
  const resource = { group, version, resource: `${manifest.kind.toLowerCase()}s` };
  return {
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: {
      uid: randomUUID(),
      kind,
      resource,
      requestKind: kind,
      requestResource: resource,
      name: manifest.metadata.name,
      namespace: manifest.metadata.namespace,
      operation: "CREATE",
      userInfo: { username: "jane", groups: ["system:authenticated"] },
      object: manifest,
      oldObject: null,
      dryRun: false,
      options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
    },
  };
}
