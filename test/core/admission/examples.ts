/** Builders of the objects that the tests of the core speak of. They make real values; nothing in them decides. */
import { readEligibleCredential } from "../../../src/core/admission/eligibility.ts";
import type { AdmissionRequest } from "../../../src/core/admission/filter-request.ts";
import { INJECTED_ANNOTATION } from "../../../src/core/admission/markers.ts";
import type { NamespaceView } from "../../../src/core/admission/namespace-view.ts";
import type { ServiceAccount } from "../../../src/core/admission/service-account.ts";
import { positionsOf, triedEntries } from "../../../src/core/admission/trial.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";
import type { Credential } from "../../../src/core/kubelet/credential.ts";
import { buildKeyring, lookupCredentials } from "../../../src/core/kubelet/keyring.ts";
import type { JudgedCredential } from "../../../src/core/verdicts/judged-credential.ts";

/** A Secret manifest that holds `payload` (text or value) under the data key of dockerconfigjson. */
export function secretOf(name: string, payload: unknown, metadata: JsonObject = {}): JsonObject {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  return {
    metadata: { name, ...metadata },
    type: "kubernetes.io/dockerconfigjson",
    data: { ".dockerconfigjson": Buffer.from(text).toString("base64") },
  };
}

/** A credential with a user and a password for each of these registry keys. */
export function credentialOf(name: string, ...registries: readonly string[]): JudgedCredential {
  return readEligibleCredential(
    secretOf(name, { auths: Object.fromEntries(registries.map((key) => [key, { auth: "dTpw" }])) }),
  );
}

/** Credentials for many registry keys: no Secret of thousands is read. */
export function manyCredentialsOf(registries: readonly string[]): readonly JudgedCredential[] {
  const starts = Array.from({ length: Math.ceil(registries.length / 1_000) }, (_, index) => index * 1_000);
  return starts.map((start) => credentialOf(`many-${start}`, ...registries.slice(start, start + 1_000)));
}

/** A credential that the kubelet cannot parse. */
export function malformedOf(name: string): JudgedCredential {
  return readEligibleCredential(secretOf(name, "{"));
}

/** Distinct names in the order in which the kubelet tries them for `repository` when all of them are listed. */
export function triedNames(credentials: readonly Credential[], repository: string): readonly string[] {
  const positions = positionsOf(credentials.map(({ name }) => name));
  const entries = triedEntries(lookupCredentials(buildKeyring(credentials), repository), positions);
  return [...new Set(entries.map(({ credential }) => credential.name))];
}

/** What is known of a namespace with these credentials. */
export function viewOf(
  credentials: readonly JudgedCredential[],
  serviceAccount: Partial<ServiceAccount> = {},
): NamespaceView {
  return {
    keyring: buildKeyring(credentials),
    serviceAccount: { imagePullSecrets: [], enforcesMountableSecrets: false, ...serviceAccount },
  };
}

/** A Pod of these images, which lists `listed` (no member when undefined). */
export function podOf(images: readonly string[], listed?: readonly string[], metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec: {
      containers: images.map((image, index) => ({ name: `c${index}`, image })),
      ...(listed && { imagePullSecrets: listed.map((name) => ({ name })) }),
    },
  };
}

/** A Deployment whose template is `pod`. */
export function deploymentOf(pod: JsonObject, metadata: JsonObject = {}): JsonObject {
  const { metadata: templateMetadata, spec } = pod;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: { template: { metadata: templateMetadata, spec } },
  };
}

/** Metadata of a template that pullring filled with `names` before. */
export function injectedBefore(...names: readonly string[]): JsonObject {
  return { annotations: { [INJECTED_ANNOTATION]: names.join(",") } };
}

/** The request that creates `object`; `changes` makes another of it. */
export function requestOf(object: JsonObject, changes: Partial<AdmissionRequest> = {}): AdmissionRequest {
  const apiVersion = String(object.apiVersion);
  return {
    uid: "uid-1",
    kind: {
      group: apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "",
      kind: String(object.kind),
    },
    operation: "CREATE",
    subResource: "",
    namespace: "default",
    name: "",
    dryRun: false,
    object,
    oldObject: undefined,
    ...changes,
  };
}
