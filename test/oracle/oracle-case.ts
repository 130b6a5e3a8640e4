/** One case of the comparison with the kubelet: credentials of a namespace, a list of names, images, perhaps a workload. */
import type { JsonObject } from "../../src/core/json-value.ts";

/** Why pullring leaves a Secret alone that the kubelet would use. */
export type Ineligibility = "opted-out" | "deleted" | "owned" | "openshift";

/** A Secret of a case. */
export interface OracleSecret {
  readonly name: string;
  readonly type: string;
  /** Payloads by data key, as byte strings: each character is one byte. */
  readonly data: Readonly<Record<string, string>>;
  readonly ineligible: Ineligibility | null;
}

/** What makes a case a whole decision. */
export interface OracleWorkload {
  readonly kind: "Pod" | "Deployment";
  /** null where it does not exist. */
  readonly serviceAccount: {
    readonly imagePullSecrets: readonly string[];
    readonly enforcesMountableSecrets: boolean;
  } | null;
  /** Names in the annotation that says what pullring added before. */
  readonly injectedBefore: readonly string[];
}

/** A case; each has one image at least. */
export interface OracleCase {
  /** Names are distinct, as in a namespace. */
  readonly secrets: readonly OracleSecret[];
  /** Names in `imagePullSecrets`; empty, missing and double ones are allowed. */
  readonly listed: readonly string[];
  readonly images: readonly string[];
  /** null where only the look-up is compared. */
  readonly workload: OracleWorkload | null;
}

/** What becomes of a case, by the kubelet or by the core: both are brought to this shape and have to be equal. */
export interface Outcome {
  readonly secrets: readonly SecretOutcome[];
  /** Whether the list makes the kubelet's keyring an error. */
  readonly error: boolean;
  /** null for an image that the kubelet refuses. */
  readonly repositories: readonly (string | null)[];
  /** Per image the distinct names tried, in order, as if the list had no Secret in error. */
  readonly tried: readonly (readonly string[])[];
  /** null for a case without workload. */
  readonly decision: DecisionOutcome | null;
}

/** A Secret alone. */
export interface SecretOutcome {
  readonly status: "parsed" | "skipped" | "error";
  /** Registry keys as written, sorted by bytes. */
  readonly keys: readonly string[];
  /** Those of them whose entry has neither user name nor password. */
  readonly void: readonly string[];
  /** Index keys as byte strings, greatest first. */
  readonly index: readonly string[];
}

/** A whole decision. */
export interface DecisionOutcome {
  readonly injects: boolean;
  readonly fromServiceAccount: readonly string[];
  readonly added: readonly string[];
  /** Per image the distinct names that the kubelet tries in the end. */
  readonly credentials: readonly (readonly string[])[];
  /** Laws that the final list breaks, by the kubelet's answers; always [] on the side of the core. */
  readonly brokenLaws: readonly string[];
}

/** The Secret as the API server returns it. */
export function toSecretObject({ name, type, data, ineligible }: OracleSecret): JsonObject {
  return {
    metadata: {
      name,
      ...(ineligible === "opted-out" && { labels: { "pullring.dev/inject": "false" } }),
      ...(ineligible === "deleted" && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
      ...(ineligible === "owned" && { ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: "run" }] }),
      ...(ineligible === "openshift" && { annotations: { "kubernetes.io/service-account.name": "default" } }),
    },
    type,
    data: encodeData(data),
  };
}

/** Data in base64, as it travels. */
export function encodeData(data: OracleSecret["data"]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(data).map(([key, bytes]) => [key, Buffer.from(bytes, "latin1").toString("base64")]),
  );
}

/**
 * The names without repetition, each at its first place: the Secrets in the order in which they are tried. Go puts the keys of one
 * Secret that share an index key in a random order, which shows nowhere but in the credentials of that one Secret.
 */
export function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
