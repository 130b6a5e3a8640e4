/** The request of an AdmissionReview, and which requests are left alone whatever credentials there are. */
import { type JsonObject, memberAt } from "../json-value.ts";
import type { SkipReason } from "../verdicts/skip-reason.ts";
import { type InjectionTarget, readInjectionTarget } from "./injection-target.ts";
import { isOptedOut } from "./markers.ts";
import { type GroupKind, templatePath } from "./pod-template.ts";

/** What a decision reads of a request. @see k8s.io/api/admission/v1 AdmissionRequest */
export interface AdmissionRequest {
  /** Echoed in the answer. */
  readonly uid: string;
  readonly kind: GroupKind;
  /** CREATE, UPDATE, DELETE or CONNECT, as written. */
  readonly operation: string;
  /** "" for the resource itself. */
  readonly subResource: string;
  /** Namespace of the request; the object's own is often empty. */
  readonly namespace: string;
  /** Name of the object as far as it is known; "" while the API server has yet to generate it. */
  readonly name: string;
  readonly dryRun: boolean;
  /** Bytes of the text that the object came in, an upper bound of its own; undefined when they are not known. */
  readonly textBytes?: number;
  /** The object after the request; undefined when it is missing or no JSON object. */
  readonly object: JsonObject | undefined;
  /** The object before the request; undefined on CREATE. */
  readonly oldObject: JsonObject | undefined;
}

/** Annotation of the Pods that show static Pods of a node. */
const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

/** The outcome of filtering: what to decide about, or why the request is left alone. */
export type FilterResult =
  | { readonly target: InjectionTarget; readonly reason: SkipReason | null }
  | { readonly target: null; readonly reason: SkipReason };

/** Finds the target of `request`, and why the request is left alone whatever credentials there are. */
export function filterRequest(request: AdmissionRequest): FilterResult {
  const target = readInjectionTarget(request.object, request.kind) ?? null;
  const reason = reasonOfRequest(request);
  if (target === null) return { target, reason: reason ?? "unreadable-object" };
  return { target, reason: reason ?? reasonOfObject(request, target) };
}

function reasonOfRequest({ kind, operation, subResource }: AdmissionRequest): SkipReason | undefined {
  const path = templatePath(kind);
  if (subResource !== "") return "subresource";
  if (path === undefined) return "unhandled-kind";
  const isUpdate = operation === "UPDATE" && path.length > 0;
  return operation === "CREATE" || isUpdate ? undefined : "unhandled-operation";
}

function reasonOfObject(
  { kind, operation, object, oldObject }: AdmissionRequest,
  target: InjectionTarget,
): SkipReason | null {
  const { isTemplate, template, images } = target;
  if (operation === "UPDATE" && readInjectionTarget(oldObject, kind) === undefined) return "unreadable-object";
  if (!isTemplate && memberAt(template, ["metadata", "annotations", MIRROR_ANNOTATION]) !== undefined)
    return "mirror-pod";
  if (isTemplate && target.hasController) return "has-controller";
  // The Pods of a template carry its labels, so a template that opts out speaks for them.
  if (isOptedOut(object) || isOptedOut(template)) return "opted-out";
  return images.length === 0 ? "no-images" : null;
}
