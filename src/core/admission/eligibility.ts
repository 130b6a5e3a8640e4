/** Which credentials pullring adds: those that the kubelet can use, less those that it is asked to leave alone. */
import { isObject, type JsonObject, memberAt, memberOf } from "../json-value.ts";
import { type Credential, readCredential } from "../kubelet/credential.ts";
import { INJECT_LABEL, isOptedOut } from "./markers.ts";
import { groupKindOf } from "./pod-template.ts";

/**
 * Reads a Secret as the API server returns it. One that the kubelet can use is ignored where {@link ineligibleReason} has a
 * reason; it keeps its registry keys, as the kubelet uses it all the same when a person lists it.
 * @see readCredential
 */
export function readEligibleCredential(secret: JsonObject): Credential {
  const credential = readCredential(secret);
  const isReadable = credential.status === "usable" || credential.status === "empty";
  const reason = isReadable ? (ineligibleReason(secret) ?? reasonOfVoid(credential)) : undefined;
  return reason === undefined ? credential : { ...credential, status: "ignored", reason };
}

/** Why a credential that works is never added; undefined when nothing speaks against it. */
function ineligibleReason(secret: JsonObject): string | undefined {
  if (isOptedOut(secret)) return `opted out by the label ${INJECT_LABEL}`;
  const deletion = memberAt(secret, ["metadata", "deletionTimestamp"]);
  if (deletion !== undefined && deletion !== null) return "being deleted";
  const owner = ownerOf(secret);
  if (owner !== undefined) return `belongs to a ${owner} and goes with it`;
  return isOpenShiftManaged(secret) ? "managed by OpenShift for one ServiceAccount" : undefined;
}

/** The kubelet pulls anonymously with an entry that has neither user name nor password. */
function reasonOfVoid({ registries, voidRegistries }: Credential): string | undefined {
  return registries.length > 0 && registries.length === voidRegistries.length
    ? "no entry has a user name or a password"
    : undefined;
}

/** CI runners make a Secret for each of their Pods or Jobs. It holds that run's account, and another object would lose it. */
function ownerOf(secret: JsonObject): "Pod" | "Job" | undefined {
  const owners = memberAt(secret, ["metadata", "ownerReferences"]);
  const kinds = (Array.isArray(owners) ? owners : []).map(groupKindOf);
  const owner = kinds.find((kind) => kind?.kind === "Pod" || kind?.kind === "Job");
  return owner?.kind === "Pod" ? "Pod" : owner && "Job";
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
