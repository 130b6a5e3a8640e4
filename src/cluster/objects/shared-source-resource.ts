/** Reads the Secrets of the shared namespace into what sharing needs of them: for whom they are, and a digest of the payload. */
import { isOptedOut } from "../../core/admission/markers.ts";
import { type JsonObject, memberAt, stringOf } from "../../core/json-value.ts";
import { isBeingDeleted } from "../../core/object-metadata.ts";
import type { SharedSource } from "../../core/sharing/copy-plan.ts";
import { readReach, SHARE_WITH_ANNOTATION } from "../../core/sharing/share-with.ts";
import { pickMembers } from "./json-pick.ts";
import { type DigestOf, digestOfPayload } from "./payload-digest.ts";
import { OBJECT_KEY, objectKeyOf, type WatchedResource } from "./watched-resource.ts";

/** A source as it was at a resource version. */
export interface ObservedSource extends SharedSource {
  readonly version: number;
  readonly uid: string;
}

const SECRET = {
  type: "value",
  metadata: {
    ...OBJECT_KEY.metadata,
    uid: "value",
    deletionTimestamp: "value",
    labels: "short-texts",
    annotations: { [SHARE_WITH_ANNOTATION]: "value" },
  },
  data: "bytes",
} as const;

/** The Secrets of one credential type. @param type as for secretResource */
export function sharedSourceResource(type: string, digestOf: DigestOf): WatchedResource<ObservedSource> {
  return {
    name: "secrets",
    scope: "namespaced",
    fieldSelector: `type=${type}`,
    label: `shared ${type.slice(type.indexOf("/") + 1)}`,
    read: (bytes) => {
      const secret = pickMembers(bytes, SECRET);
      const key = objectKeyOf(secret, "namespaced");
      if (secret === undefined || key === undefined || secret.type !== type) return undefined;
      const payload = digestOfPayload(secret.data, type, digestOf);
      const uid = stringOf(memberAt(secret, ["metadata", "uid"])) ?? "";
      const reach = payload === undefined ? undefined : reachOf(secret);
      return { ...key, value: { type, version: key.version, uid, digest: payload?.digest ?? "", reach } };
    },
  };
}

/** One that is opted out, or on its way out, is not shared. */
function reachOf(secret: JsonObject): SharedSource["reach"] {
  return isOptedOut(secret) || isBeingDeleted(secret) ? undefined : readReach(secret);
}
