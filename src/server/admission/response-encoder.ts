/** Encodes the response that carries out a decision. A patch that is not well-formed never leaves the process. */
import jsonPatch from "fast-json-patch";
import { encodeReview, type Outcome } from "../../core/admission/review.ts";

/**
 * Gives the AdmissionReview as JSON.
 * @throws Error when the patch is not well-formed: it would fail the request of a user, whatever the failurePolicy is. The
 *   library's own error holds the operation and is not kept.
 */
export function encodeResponse(uid: string, outcome: Outcome): string {
  if (jsonPatch.validate([...outcome.patch]) !== undefined) throw new Error("a patch that is not well-formed");
  return JSON.stringify(encodeReview(uid, outcome, (text) => Buffer.from(text).toString("base64")));
}
