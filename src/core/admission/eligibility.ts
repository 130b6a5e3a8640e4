/** Which credentials pullring adds: those that the kubelet can use, less those that it is asked to leave alone. */
import { isObject, type JsonObject, memberAt, memberOf } from "../json-value.ts";
import { type Credential, readCredential } from "../kubelet/credential.ts";
import { INJECT_LABEL, isOptedOut } from "./markers.ts";

/**
 * Reads a Secret as the API server returns it. One that the kubelet can use is ignored where {@link ineligibleReason} has a
 * reason; it keeps its registry keys, as the kubelet uses it all the same when a person lists it.
 * @see readCredential
 */
export function readEligibleCredential(secret: JsonObject): Credential {
  const credential = readCredential(secret);
  const isReadable = credential.status === "usable" || credential.status === "empty";
  const reason = isReadable ? ineligibleReason(secret) : undefined;
  return reason === undefined ? credential : { ...credential, status: "ignored", reason };
}

/** Why a credential that works is never added; undefined when nothing speaks against it. */
function ineligibleReason(secret: JsonObject): string | undefined {
  if (isOptedOut(secret)) {
    return `opted out by the label ${INJECT_LABEL}`;
  }
  const deletion = memberAt(secret, ["metadata", "deletionTimestamp"]);
  if (deletion !== undefined && deletion !== null) {
    return "being deleted";
  }
  return isOpenShiftManaged(secret) ? "managed by OpenShift for one ServiceAccount" : undefined;
}

/**
 * OpenShift makes a dockercfg Secret for each ServiceAccount, rotates it and lists it there by itself.
 * @see openshift/openshift-controller-manager pkg/serviceaccounts/controllers (annotations of both generations)
 */
function isOpenShiftManaged(secret: JsonObject): boolean {
  const annotations = memberAt(secret, ["metadata", "annotations"]);
  return (
    memberOf(secret, "type") === "kubernetes.io/dockercfg" &&
    isObject(annotations) &&
    (Object.hasOwn(annotations, "kubernetes.io/service-account.name") ||
      Object.hasOwn(annotations, "openshift.io/internal-registry-auth-token.service-account"))
  );
}
