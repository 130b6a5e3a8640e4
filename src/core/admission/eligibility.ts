/** Which credentials pullring adds: those that the kubelet can use, less those that it is asked to leave alone. */
import { arrayAt, isObject, type JsonObject, memberAt, memberOf } from "../json-value.ts";
import { type Credential, readCredential } from "../kubelet/credential.ts";
import { isBeingDeleted } from "../object-metadata.ts";
import type { CredentialReason } from "../verdicts/finding.ts";
import { findFindings, type JudgedCredential } from "../verdicts/judged-credential.ts";
import { canServe } from "../verdicts/key-finding.ts";
import { isOptedOut } from "./markers.ts";
import { groupKindOf } from "./pod-template.ts";

/**
 * Reads a Secret as the API server returns it. One that the kubelet can use is ignored where pullring never adds it; it keeps its
 * registry keys, as the kubelet uses it all the same when a person lists it.
 * @see readCredential
 */
export function readEligibleCredential(secret: JsonObject): JudgedCredential {
  const reading = readCredential(secret, MAX_MEMBERS);
  const findings = findFindings(secret, reading);
  const { name, type, registries, voidRegistries } = reading.credential;
  const against = reading.defect === null ? reasonNotToAdd(secret) : undefined;
  const mayBeOfNoUse = reading.credential.status === "usable" && findings.length > 0;
  const isOfNoUse = mayBeOfNoUse && !hasServingEntry(reading.credential);
  const status = against !== undefined || isOfNoUse ? "ignored" : reading.credential.status;
  const reason = status === "usable" ? null : (against ?? findings[0] ?? OTHER_TYPE);
  return { name, type, status, reason, registries, voidRegistries, findings };
}

/**
 * Most members of a payload: a thousand entries with all their fields. What is longer takes a second to read and judge each time it
 * is written, in which nothing else is answered, and whoever may write in one namespace could do so all the time.
 */
const MAX_MEMBERS = 5_000;

/** What is left where nothing is wrong: another kind of Secret. */
const OTHER_TYPE: CredentialReason = { code: "other-type" };

/** The kubelet pulls anonymously with a void entry, and some keys cover no image. */
function hasServingEntry({ registries, voidRegistries }: Credential): boolean {
  const isVoid = new Set(voidRegistries);
  return registries.some((registry) => !isVoid.has(registry) && canServe(registry));
}

/** Why a credential that works is never added; undefined when nothing speaks against it. */
function reasonNotToAdd(secret: JsonObject): CredentialReason | undefined {
  if (isOptedOut(secret)) return { code: "opted-out" };
  if (isBeingDeleted(secret)) return { code: "being-deleted" };
  const owner = ownerOf(secret);
  if (owner !== undefined) return { code: "owned", owner };
  return isOpenShiftManaged(secret) ? { code: "openshift-managed" } : undefined;
}

/** CI runners make a Secret for each of their Pods or Jobs. It holds that run's account, and another object would lose it. */
function ownerOf(secret: JsonObject): "Pod" | "Job" | undefined {
  const kinds = arrayAt(secret, ["metadata", "ownerReferences"]).map(groupKindOf);
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
