/** Digests of payloads, so that two can be compared of which neither is kept. */
import { forEachMember } from "../../core/go/json-syntax.ts";
import { CREDENTIAL_TYPES } from "../../core/kubelet/credential.ts";
import { pickMembers } from "./json-pick.ts";

/** Gives a text that is the same for the same bytes, and from which nobody without the key can tell them. */
export type DigestOf = (bytes: Uint8Array) => string;

/**
 * The digest of the payload among the data of a Secret, and whether it is all that they are; undefined when there is none.
 * @param data the bytes that the member `data` is written with
 */
export function digestOfPayload(
  data: unknown,
  type: string,
  digestOf: DigestOf,
): { readonly digest: string; readonly isAlone: boolean } | undefined {
  const dataKey = CREDENTIAL_TYPES.get(type)?.dataKey ?? "";
  const picked = data instanceof Uint8Array ? pickMembers(data, { [dataKey]: "bytes" }) : undefined;
  const payload = picked?.[dataKey];
  if (!(data instanceof Uint8Array) || !(payload instanceof Uint8Array)) return undefined;
  let members = 0;
  forEachMember(data, 0, () => {
    members += 1;
  });
  return { digest: digestOf(payload), isAlone: members === 1 };
}
