/** Reads Secrets into what an explanation needs: the credential, and what it says of sharing. */
import { MANAGED_BY_LABEL, SHARED_FROM_ANNOTATION, sharedFrom } from "../../core/sharing/copy.ts";
import { type Reach, readReach, SHARE_WITH_ANNOTATION } from "../../core/sharing/share-with.ts";
import { pickMembers } from "./json-pick.ts";
import { type IndexedCredential, secretResource } from "./secret-resource.ts";
import type { WatchedResource } from "./watched-resource.ts";

/** A credential, where it is copied from, and the namespaces that it is for; undefined: it says nothing of them. */
export interface MarkedCredential extends IndexedCredential {
  readonly reach: Reach | undefined;
}

const MARKS = {
  metadata: {
    name: "value",
    labels: { [MANAGED_BY_LABEL]: "value" },
    annotations: { [SHARED_FROM_ANNOTATION]: "value", [SHARE_WITH_ANNOTATION]: "value" },
  },
} as const;

/** The Secrets of one type. @param type as for {@link secretResource} */
export function markedCredentialResource(type: string): WatchedResource<MarkedCredential> {
  const resource = secretResource(type);
  return {
    ...resource,
    read: (bytes) => {
      const observed = resource.read(bytes);
      if (observed === undefined) return undefined;
      const marks = pickMembers(bytes, MARKS);
      const from = sharedFrom(marks);
      const value = { ...observed.value, reach: readReach(marks), ...(from !== undefined && { sharedFrom: from }) };
      return { ...observed, value };
    },
  };
}
