/** The request of an AdmissionReview, reduced to what a decision reads. */
import type { JsonObject } from "../json-value.ts";
import type { GroupKind } from "./pod-template.ts";

/** @see k8s.io/api/admission/v1 AdmissionRequest */
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
