/** Turns manifests and recorded AdmissionReviews into the requests that an API server would send for them. */
import type { AdmissionRequest } from "../../core/admission/filter-request.ts";
import { groupKindOf, templatePath } from "../../core/admission/pod-template.ts";
import { decodeReview } from "../../core/admission/review.ts";
import { type JsonObject, memberAt, memberOf, stringOf } from "../../core/json-value.ts";
import { namespaceOf } from "../../files/credential-manifest.ts";
import { describeManifestError } from "../../files/manifest-error.ts";
import { readManifestFiles } from "../../files/manifest-files.ts";

/** An object of the input that is not explained, as its kind is not handled. */
export interface IgnoredObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** One piece of the input: something to explain, something to ignore, or what cannot be read, as one line. */
export type InputItem =
  | { readonly type: "request"; readonly request: AdmissionRequest }
  | { readonly type: "ignored"; readonly ignored: IgnoredObject; readonly object: JsonObject }
  | { readonly type: "error"; readonly error: string };

/**
 * Reads the input in order; never throws.
 * @param defaultNamespace the namespace of objects and reviews that name none
 */
export async function* readInput(
  paths: readonly string[],
  defaultNamespace: string,
): AsyncGenerator<InputItem, void, void> {
  for await (const { path, objects, errors } of readManifestFiles(paths, false)) {
    for (const error of errors) yield { type: "error", error: describeManifestError(error) };
    for (const object of objects) yield toItem(object, path, defaultNamespace);
  }
}

function toItem(object: JsonObject, path: string, defaultNamespace: string): InputItem {
  const toError = (reason: string): InputItem => {
    return { type: "error", error: describeManifestError({ path, line: null, reason }) };
  };
  if (memberOf(object, "kind") === "AdmissionReview") {
    const { request, error } = decodeReview(object);
    return request === null
      ? toError(error)
      : { type: "request", request: { ...request, namespace: request.namespace || defaultNamespace } };
  }
  const kind = groupKindOf(object);
  if (kind === undefined) return toError("an object has no apiVersion");
  const namespace = namespaceOf(object, defaultNamespace);
  const name = stringOf(memberAt(object, ["metadata", "name"])) ?? "";
  if (templatePath(kind) === undefined) {
    return { type: "ignored", ignored: { kind: kind.kind, namespace, name }, object };
  }
  const creation = { uid: "", operation: "CREATE", subResource: "", dryRun: false, oldObject: undefined };
  return { type: "request", request: { ...creation, kind, namespace, name, object } };
}
