/** Reads the copies that sharing has made: what they are copied from, and whether their payload is still the right one. */
import { isBeingDeleted } from "../../core/object-metadata.ts";
import { MANAGED_BY, MANAGED_BY_LABEL, SHARED_FROM_ANNOTATION, sharedFrom } from "../../core/sharing/copy.ts";
import type { SharedCopy } from "../../core/sharing/copy-plan.ts";
import { pickMembers } from "./json-pick.ts";
import { type DigestOf, digestOfPayload } from "./payload-digest.ts";
import { OBJECT_KEY, objectKeyOf, type WatchedResource } from "./watched-resource.ts";

/** A copy as it was at a resource version. */
export interface ObservedCopy extends SharedCopy {
  readonly version: number;
  /** Whether it is copied from the shared namespace; else it is something that somebody else manages. */
  readonly isOurs: boolean;
}

const SECRET = {
  type: "value",
  immutable: "value",
  metadata: {
    ...OBJECT_KEY.metadata,
    deletionTimestamp: "value",
    labels: { [MANAGED_BY_LABEL]: "value" },
    annotations: { [SHARED_FROM_ANNOTATION]: "value" },
  },
  data: "bytes",
} as const;

/** The Secrets of one credential type that carry the label of what pullring makes. @param type as for secretResource */
export function sharedCopyResource(
  type: string,
  sharedNamespace: string,
  digestOf: DigestOf,
): WatchedResource<ObservedCopy> {
  return {
    name: "secrets",
    scope: "namespaced",
    fieldSelector: `type=${type}`,
    labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY}`,
    label: `copied ${type.slice(type.indexOf("/") + 1)}`,
    read: (bytes) => {
      const secret = pickMembers(bytes, SECRET);
      const key = objectKeyOf(secret, "namespaced");
      if (secret === undefined || key === undefined || secret.type !== type) return undefined;
      const payload = digestOfPayload(secret.data, type, digestOf);
      const value = {
        type,
        version: key.version,
        isOurs: sharedFrom(secret) === sharedNamespace,
        digest: payload?.isAlone === true ? payload.digest : null,
        isImmutable: secret.immutable === true,
        isBeingDeleted: isBeingDeleted(secret),
      };
      return { ...key, value };
    },
  };
}
