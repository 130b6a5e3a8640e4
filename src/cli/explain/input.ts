/** Turns manifests and recorded AdmissionReviews into the requests that an API server would send for them. */
import type { AdmissionRequest } from "../../core/admission/filter-request.ts";
import { groupKindOf, meantKind, templatePath } from "../../core/admission/pod-template.ts";
import { decodeReview } from "../../core/admission/review.ts";
import { creationOf } from "../../core/healing/assessment.ts";
import { isObject, type JsonObject, memberAt, memberOf, stringOf } from "../../core/json-value.ts";
import { escapeText } from "../../core/quoted-text.ts";
import { namespaceOf } from "../../files/credential-manifest.ts";
import { describeManifestError } from "../../files/manifest-error.ts";
import type { ManifestFile } from "../../files/manifest-files.ts";
import type { LiveObject } from "./live-objects.ts";

/** An object of the input that is not explained, as its kind is not handled. */
export interface IgnoredObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** JSON pointer of the Pod template in an object of a custom kind; missing where there is none. */
  readonly podTemplate?: string;
}

/** A request to explain. */
export interface InputRequest {
  readonly type: "request";
  readonly request: AdmissionRequest;
  /** Whether an API server has sent it, so that its selectors have decided already. */
  readonly isRecorded: boolean;
  /** The file that it stands in; "" for none. */
  readonly path: string;
  /** The object that is there already, of which the request makes a new Pod. */
  readonly live?: LiveObject;
}

/** One piece of the input: something to explain, something to ignore, or what cannot be read, as one line. */
export type InputItem =
  | InputRequest
  | { readonly type: "ignored"; readonly ignored: IgnoredObject; readonly object: JsonObject }
  | { readonly type: "error"; readonly error: string };

/**
 * Gives the pieces of `files` in order.
 * @param defaultNamespace the namespace of objects and reviews that name none
 */
export function readItems(files: readonly ManifestFile[], defaultNamespace: string): readonly InputItem[] {
  return files.flatMap(({ path, objects, errors }) => [
    ...errors.map((error): InputItem => ({ type: "error", error: describeManifestError(error) })),
    ...objects.map((object) => toItem(object, path, defaultNamespace)),
  ]);
}

function toItem(object: JsonObject, path: string, defaultNamespace: string): InputItem {
  const toError = (reason: string): InputItem => {
    return { type: "error", error: describeManifestError({ path, line: null, reason }) };
  };
  if (memberOf(object, "kind") === "AdmissionReview") {
    const { request, error } = decodeReview(object);
    if (request === null) return toError(error);
    const namespace = request.namespace || defaultNamespace;
    return { type: "request", request: { ...request, namespace }, isRecorded: true, path };
  }
  const namespace = namespaceOf(object, defaultNamespace);
  const name = stringOf(memberAt(object, ["metadata", "name"])) ?? "";
  const kind = groupKindOf(object);
  if (kind === undefined) {
    const place = escapeText(`${stringOf(memberOf(object, "kind"))} ${namespace}/${name || "(no name)"}`);
    return toError(`${place}: it has no apiVersion`);
  }
  // Other versions of these kinds are gone since Kubernetes 1.25.
  const isOld = templatePath(kind) !== undefined && !/(?:^|\/)v1$/.test(String(memberOf(object, "apiVersion")));
  const meant = isOld ? kind : meantKind(kind);
  if (meant !== undefined) {
    const form = `apiVersion: ${meant.group === "" ? "" : `${meant.group}/`}v1 and kind: ${meant.kind}`;
    return toError(`${escapeText(`${kind.kind} ${namespace}/${name}`)}: there is no such kind; write ${form}`);
  }
  if (templatePath(kind) === undefined) {
    const podTemplate = findPodTemplate(object);
    const ignored = { kind: kind.kind, namespace, name, ...(podTemplate !== undefined && { podTemplate }) };
    return { type: "ignored", ignored, object };
  }
  const creation = { uid: "", operation: "CREATE", subResource: "", dryRun: false, oldObject: undefined };
  return { type: "request", request: { ...creation, kind, namespace, name, object }, isRecorded: false, path };
}

/** What is asked about an object that is there: the creation of a Pod like it, or of its template. */
export function toLiveItem(live: LiveObject): InputRequest {
  const { kind, namespace, name, object } = live;
  const template = memberAt(object, templatePath(kind) ?? []);
  const pod = kind.kind === "Pod" || !isObject(template) ? object : { ...template, apiVersion: "v1", kind: "Pod" };
  const request = { ...creationOf({ namespace, pod }), name };
  return { type: "request", request, isRecorded: false, path: "", live };
}

/** The creation of a Pod with one image. */
export function toImageItem(image: string, namespace: string, serviceAccountName: string | undefined): InputRequest {
  const spec = { ...(serviceAccountName !== undefined && { serviceAccountName }), containers: [{ image }] };
  const request = creationOf({ namespace, pod: { apiVersion: "v1", kind: "Pod", metadata: {}, spec } });
  return { type: "request", request, isRecorded: false, path: "" };
}

/** Objects of custom kinds keep their Pod templates a few levels deep; schemas and settings are not searched further. */
const MAX_DEPTH = 8;

/** JSON pointer of the first object whose `spec` has containers with images; undefined when there is none. */
function findPodTemplate(object: unknown, pointer = "", depth = 0): string | undefined {
  if (depth > MAX_DEPTH || typeof object !== "object" || object === null) return undefined;
  const containers = memberAt(object, ["spec", "containers"]);
  const isTemplate =
    Array.isArray(containers) && containers.some((container) => typeof memberOf(container, "image") === "string");
  if (isTemplate) return pointer;
  for (const [name, member] of Object.entries(object)) {
    if (!isObject(member) && !Array.isArray(member)) continue;
    const found = findPodTemplate(member, `${pointer}/${name}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
