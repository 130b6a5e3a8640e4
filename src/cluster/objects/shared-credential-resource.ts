/** Reads the Secrets of the shared namespace into what a decision about other namespaces needs: the credential, and for whom it is. */
import { type Reach, readReach, SHARE_WITH_ANNOTATION } from "../../core/sharing/share-with.ts";
import { pickMembers } from "./json-pick.ts";
import { type IndexedCredential, secretResource } from "./secret-resource.ts";
import type { WatchedResource } from "./watched-resource.ts";

/** A credential, and the namespaces that it is for; undefined: it is not shared. */
export interface SharedCredential extends IndexedCredential {
  readonly reach: Reach | undefined;
}

const ANNOTATION = { metadata: { annotations: { [SHARE_WITH_ANNOTATION]: "value" } } } as const;

/** The Secrets of one type. @param type as for {@link secretResource}, whose labels play no part here */
export function sharedCredentialResource(type: string): WatchedResource<SharedCredential> {
  const resource = secretResource(type);
  return {
    ...resource,
    label: `shared ${resource.label}`,
    read: (bytes, known) => {
      const observed = resource.read(bytes, known);
      if (observed === undefined) return undefined;
      const reach = readReach(pickMembers(bytes, ANNOTATION));
      return { ...observed, value: { ...observed.value, sharedFrom: observed.namespace, reach } };
    },
  };
}
