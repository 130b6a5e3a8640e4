/** Reads Secrets of one registry credential type into what the index keeps of them. No payload outlives the reading. */
import { readEligibleCredential } from "../../core/admission/eligibility.ts";
import type { JsonObject } from "../../core/json-value.ts";
import { CREDENTIAL_TYPES } from "../../core/kubelet/credential.ts";
import type { JudgedCredential } from "../../core/verdicts/judged-credential.ts";
import { pickMembers } from "./json-pick.ts";
import { OBJECT_KEY, objectKeyOf, type WatchedResource } from "./watched-resource.ts";

/** A credential and the resource version at which its Secret had it. */
export interface IndexedCredential extends JudgedCredential {
  readonly version: number;
}

const SECRET = {
  type: "value",
  metadata: {
    ...OBJECT_KEY.metadata,
    deletionTimestamp: "value",
    ownerReferences: "value",
    labels: "short-texts",
    annotations: "short-texts",
  },
  data: Object.fromEntries([...CREDENTIAL_TYPES.values()].map(({ dataKey }) => [dataKey, "value"] as const)),
} as const;

/**
 * The Secrets of one type.
 * @param type one of CREDENTIAL_TYPES; the type of a Secret never changes, so each has a list and a watch of its own
 */
export function secretResource(type: string, labelSelector?: string): WatchedResource<IndexedCredential> {
  return {
    name: "secrets",
    scope: "namespaced",
    fieldSelector: `type=${type}`,
    labelSelector,
    label: type.slice(type.indexOf("/") + 1),
    read: (bytes, known) => {
      const secret = pickMembers(bytes, SECRET);
      const key = objectKeyOf(secret, "namespaced");
      if (secret === undefined || key === undefined || secret.type !== type) return undefined;
      const before = known?.(key.namespace, key.name);
      return { ...key, value: before?.version === key.version ? before : build(secret, key.version) };
    },
  };

  /** There are many of them: a literal takes the least memory, and one text of the type stands for all copies. */
  function build(secret: JsonObject, version: number): IndexedCredential {
    const { name, status, reason, registries, voidRegistries, findings } = readEligibleCredential(secret);
    return { name, type, status, reason, registries, voidRegistries, findings, version };
  }
}
