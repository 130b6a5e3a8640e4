/** The request of an AdmissionReview, and which requests are left alone whatever credentials there are. */
import { type JsonObject, memberAt } from "../json-value.ts";
import { hasController, type InjectionTarget, readInjectionTarget } from "./injection-target.ts";
import { isOptedOut } from "./markers.ts";
import { type GroupKind, templatePath } from "./pod-template.ts";
import type { SkipReason } from "./skip-reason.ts";

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
  /** The object after the request; undefined when it is missing or no JSON object. */
  readonly object: JsonObject | undefined;
  /** The object before the request; undefined on CREATE. */
  readonly oldObject: JsonObject | undefined;
}

/** Annotation of the Pods that show static Pods of a node. */
const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

/** The outcome of filtering: what to decide about, or why the request is left alone. */
export type FilterResult =
  | { readonly target: InjectionTarget; readonly reason: null }
  | { readonly target: InjectionTarget | null; readonly reason: SkipReason };

/** Finds the target of `request`, and why the request is left alone whatever credentials there are. */
export function filterRequest(request: AdmissionRequest): FilterResult {
  const target = readInjectionTarget(request.object, request.kind) ?? null;
  const reason = reasonToSkip(request, target);
  // Without a target there is always a reason.
  return target === null || reason !== undefined
    ? { target, reason: reason ?? "unreadable-object" }
    : { target, reason: null };
}

function reasonToSkip(request: AdmissionRequest, target: InjectionTarget | null): SkipReason | undefined {
  const { kind, operation, object } = request;
  const path = templatePath(kind);
  if (request.subResource !== "") return "subresource";
  if (path === undefined) return "unhandled-kind";
  const isPod = path.length === 0;
  if (operation !== "CREATE" && (isPod || operation !== "UPDATE")) return "unhandled-operation";
  if (object === undefined || target === null) return "unreadable-object";
  if (operation === "UPDATE" && readInjectionTarget(request.oldObject, kind) === undefined) return "unreadable-object";
  const reason = isPod ? reasonToSkipPod(object) : reasonToSkipWorkload(object, target);
  return reason ?? (target.images.length === 0 ? "no-images" : undefined);
}

function reasonToSkipPod(pod: JsonObject): SkipReason | undefined {
  if (memberAt(pod, ["metadata", "annotations", MIRROR_ANNOTATION]) !== undefined) return "mirror-pod";
  return isOptedOut(pod) ? "opted-out" : undefined;
}

/** The Pods of a template carry its labels, so a template that opts out speaks for them. */
function reasonToSkipWorkload(workload: JsonObject, { template }: InjectionTarget): SkipReason | undefined {
  if (hasController(workload)) return "has-controller";
  return isOptedOut(workload) || isOptedOut(template) ? "opted-out" : undefined;
}
