/** The annotation by which a credential of the shared namespace says which namespaces it is for. */
import { isObject, memberAt } from "../json-value.ts";
import {
  type LabelSelector,
  type Labels,
  matchesSelector,
  parseLabelSelector,
  type SelectorError,
} from "../labels/label-selector.ts";

/** A label selector over namespaces, as `kubectl get namespaces -l` takes it, or `*` for all. */
export const SHARE_WITH_ANNOTATION = "pullring.dev/share-with";

/** Which namespaces a credential is for. One whose annotation cannot be read is for none that it was not for before. */
export type Reach =
  | { readonly selector: LabelSelector; readonly error: null }
  | { readonly selector: null; readonly error: SelectorError };

/**
 * Reads the annotation of a Secret; undefined where it has none. One without a character is an error: `kubectl` takes it for all
 * namespaces, and nobody gives a credential to all of them by leaving something out.
 * @example readReach({ metadata: { annotations: { "pullring.dev/share-with": "team=shop" } } })
 */
export function readReach(secret: unknown): Reach | undefined {
  const annotations = memberAt(secret, ["metadata", "annotations"]);
  if (!isObject(annotations) || !Object.hasOwn(annotations, SHARE_WITH_ANNOTATION)) return undefined;
  const text = annotations[SHARE_WITH_ANNOTATION];
  if (typeof text !== "string" || text.trim() === "") return { selector: null, error: NOTHING };
  if (text.length > MAX_LENGTH) return { selector: null, error: TOO_LONG };
  return text.trim() === "*" ? { selector: [], error: null } : parseLabelSelector(text);
}

/** Of the annotation, in characters. Each namespace is compared with all of it, and 256 KiB take half a second. */
const MAX_LENGTH = 16_384;

const TOO_LONG: SelectorError = { position: MAX_LENGTH, found: "", expected: "end" };
const NOTHING: SelectorError = { position: 0, found: "", expected: "requirement" };

/** Tells whether a credential is for a namespace. @param labels those of the namespace as it is stored */
export function reaches(reach: Reach, labels: Labels): boolean {
  return reach.error === null && matchesSelector(reach.selector, labels);
}
