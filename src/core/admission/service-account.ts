/** A ServiceAccount as the decision sees it: the pull secrets it gives to its Pods, and whether it allows others. */
import { arrayAt, type JsonObject, memberAt, memberOf, stringOf } from "../json-value.ts";

/** @see https://kubernetes.io/docs/concepts/security/service-accounts */
export interface ServiceAccount {
  /** Names in its `imagePullSecrets`, in order, without empty and double ones. */
  readonly imagePullSecrets: readonly string[];
  /** Whether its Pods may only name pull secrets that it lists itself. */
  readonly enforcesMountableSecrets: boolean;
}

/** A ServiceAccount that gives nothing and forbids nothing, as most are. */
export const PLAIN_SERVICE_ACCOUNT: ServiceAccount = { imagePullSecrets: [], enforcesMountableSecrets: false };

const ENFORCE_ANNOTATION = "kubernetes.io/enforce-mountable-secrets";

/** Go's strconv.ParseBool, with which the API server reads the annotation. */
const TRUE = new Set(["1", "t", "T", "TRUE", "true", "True"]);

/**
 * Reads a ServiceAccount as the API server returns it. Parts of the wrong type count as missing.
 * @see kubernetes plugin/pkg/admission/serviceaccount/admission.go (limitSecretReferences, enforceMountableSecrets)
 */
export function readServiceAccount(object: JsonObject): ServiceAccount {
  const names = arrayAt(object, ["imagePullSecrets"]).map((reference) => stringOf(memberOf(reference, "name")) ?? "");
  const annotation = stringOf(memberAt(object, ["metadata", "annotations", ENFORCE_ANNOTATION])) ?? "";
  return {
    imagePullSecrets: [...new Set(names)].filter((name) => name !== ""),
    enforcesMountableSecrets: TRUE.has(annotation),
  };
}
