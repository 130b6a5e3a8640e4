/** Reads and writes AdmissionReviews of admission.k8s.io/v1. */
import { isObject, type JsonObject, memberOf, stringOf } from "../json-value.ts";
import { sentenceOfWarning } from "../sentences/warning.ts";
import type { Decision } from "./decision.ts";
import type { AdmissionRequest } from "./filter-request.ts";

/** A request, or in one line why none can be answered. */
export type DecodedReview =
  | { readonly request: AdmissionRequest; readonly error: null }
  | { readonly request: null; readonly error: string };

const API_VERSION = "admission.k8s.io/v1";

/** Most names in an audit annotation: pullring's own are 16, and a ServiceAccount can bring 80,000 into every line of the audit log. */
const MAX_AUDITED_NAMES = 100;

/** Most warnings in one answer; the API server hands each to the person who asked. */
const MAX_WARNINGS = 4;

/** Reads the parsed body of a call. Only what is needed to answer at all is demanded; an odd object is for the decision. */
export function decodeReview(body: unknown): DecodedReview {
  if (!isObject(body) || memberOf(body, "kind") !== "AdmissionReview") {
    return refuse("the body is not an AdmissionReview");
  }
  if (memberOf(body, "apiVersion") !== API_VERSION) {
    return refuse(`the apiVersion of the AdmissionReview is not ${API_VERSION}`);
  }
  const request = memberOf(body, "request");
  if (!isObject(request)) return refuse("the AdmissionReview has no request");
  const uid = memberOf(request, "uid");
  if (typeof uid !== "string" || uid === "") return refuse("the request of the AdmissionReview has no uid");
  const kind = memberOf(request, "kind");
  return {
    error: null,
    request: {
      uid,
      kind: { group: textOf(kind, "group"), kind: textOf(kind, "kind") },
      operation: textOf(request, "operation"),
      subResource: textOf(request, "subResource"),
      namespace: textOf(request, "namespace"),
      name: textOf(request, "name"),
      dryRun: memberOf(request, "dryRun") === true,
      object: objectOf(request, "object"),
      oldObject: objectOf(request, "oldObject"),
    },
  };
}

function textOf(value: unknown, name: string): string {
  return stringOf(memberOf(value, name)) ?? "";
}

function objectOf(value: unknown, name: string): JsonObject | undefined {
  const member = memberOf(value, name);
  return isObject(member) ? member : undefined;
}

function refuse(error: string): DecodedReview {
  return { request: null, error };
}

/** An AdmissionReview that allows the request. @see k8s.io/api/admission/v1 AdmissionResponse */
export interface ReviewResponse {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: "AdmissionReview";
  readonly response: {
    readonly uid: string;
    readonly allowed: true;
    readonly patchType?: "JSONPatch" | undefined;
    /** The operations as JSON in base64. */
    readonly patch?: string | undefined;
    readonly auditAnnotations?: Readonly<Record<string, string | undefined>>;
    readonly warnings?: readonly string[] | undefined;
  };
}

/** What a response tells of a decision. */
export type Outcome = Pick<Decision, "patch" | "warnings" | "injected" | "removed" | "reason">;

/**
 * Gives the answer that carries out a decision.
 * @param encodeBase64 encodes text, as UTF-8, in base64: each platform has its own fast way
 */
export function encodeReview(
  uid: string,
  { patch, warnings, injected, removed, reason }: Outcome,
  encodeBase64: (text: string) => string,
): ReviewResponse {
  const isChanged = patch.length > 0;
  return reviewOf({
    uid,
    allowed: true,
    patchType: isChanged ? "JSONPatch" : undefined,
    patch: isChanged ? encodeBase64(JSON.stringify(patch)) : undefined,
    auditAnnotations:
      reason === null
        ? { injected: joinNames(injected), removed: removed.length > 0 ? joinNames(removed) : undefined }
        : { skipped: reason },
    warnings: warnings.length > 0 ? boundWarnings(warnings.map(sentenceOfWarning)) : undefined,
  });
}

/** Gives the answer that lets a request pass as it is when no decision could be made. */
export function encodeUndecided(uid: string): ReviewResponse {
  return reviewOf({ uid, allowed: true, auditAnnotations: { skipped: "error" } });
}

function reviewOf(response: ReviewResponse["response"]): ReviewResponse {
  return { apiVersion: API_VERSION, kind: "AdmissionReview", response };
}

function joinNames(names: readonly string[]): string {
  const more = names.length - MAX_AUDITED_NAMES;
  return more <= 0 ? names.join(",") : `${names.slice(0, MAX_AUDITED_NAMES).join(",")} and ${more} more`;
}

function boundWarnings(warnings: readonly string[]): readonly string[] {
  const more = warnings.length - MAX_WARNINGS;
  return more <= 0 ? warnings : [...warnings.slice(0, MAX_WARNINGS), `and ${more} more warnings; see pullring explain`];
}
