/** The label that people set for pullring, and the annotation that pullring sets. */
import { memberAt } from "../json-value.ts";

/** Label whose value `"false"` opts an object out. Any other value means nothing. */
export const INJECT_LABEL = "pullring.dev/inject";

/** Annotation on a Pod template: the names that pullring added to its list, joined by commas. Its Pods inherit it. */
export const INJECTED_ANNOTATION = "pullring.dev/injected";

/** Tells whether the metadata of `object` carries `pullring.dev/inject: "false"`. */
export function isOptedOut(object: unknown): boolean {
  return memberAt(object, ["metadata", "labels", INJECT_LABEL]) === "false";
}
