/** What marks a Secret as the copy of a shared credential: a label, and an annotation that names the source. */
import { type JsonObject, memberAt, stringOf } from "../json-value.ts";

/** Label of what pullring makes, with its value. @see https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ */
export const MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
export const MANAGED_BY = "pullring";

/** Annotation: namespace and name of the source, as in `pullring-shared/hub`. */
export const SHARED_FROM_ANNOTATION = "pullring.dev/shared-from";

/** Annotation: the resource version of the source when it was copied, for people. */
const SHARED_VERSION_ANNOTATION = "pullring.dev/shared-version";

/** What is shared is known by where it comes from. */
export interface SourceName {
  readonly namespace: string;
  readonly name: string;
}

/** Gives the metadata that mark a copy. @param version resource version of the source */
export function copyMarks(
  { namespace, name }: SourceName,
  version: number,
): { readonly labels: JsonObject; readonly annotations: JsonObject } {
  return {
    labels: { [MANAGED_BY_LABEL]: MANAGED_BY },
    annotations: { [SHARED_FROM_ANNOTATION]: `${namespace}/${name}`, [SHARED_VERSION_ANNOTATION]: String(version) },
  };
}

/**
 * The namespace that a Secret is copied from; undefined when it is no copy. Both marks have to be there, and the source has to have
 * its name: somebody who takes one away takes the Secret over.
 */
export function sharedFrom(secret: unknown): string | undefined {
  if (memberAt(secret, ["metadata", "labels", MANAGED_BY_LABEL]) !== MANAGED_BY) return undefined;
  const source = stringOf(memberAt(secret, ["metadata", "annotations", SHARED_FROM_ANNOTATION])) ?? "";
  const [namespace = "", name, ...others] = source.split("/");
  const isSource = namespace !== "" && others.length === 0 && name === memberAt(secret, ["metadata", "name"]);
  return isSource ? namespace : undefined;
}
