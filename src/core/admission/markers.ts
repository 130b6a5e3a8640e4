/** The label by which people ask pullring to leave an object, a Secret or a namespace alone. */
import { memberAt } from "../json-value.ts";

/** Label whose value `"false"` opts an object out. Any other value means nothing. */
export const INJECT_LABEL = "pullring.dev/inject";

/** Tells whether the metadata of `object` carries `pullring.dev/inject: "false"`. */
export function isOptedOut(object: unknown): boolean {
  return memberAt(object, ["metadata", "labels", INJECT_LABEL]) === "false";
}
