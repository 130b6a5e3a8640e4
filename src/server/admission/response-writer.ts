/** Writes answers as text. What follows the uid is the same for all requests with the same outcome, so it is kept. */
import jsonPatch from "fast-json-patch";
import type { Decision } from "../../core/admission/decision.ts";
import type { Patch } from "../../core/admission/patch.ts";
import { encodeReview } from "../../core/admission/review.ts";
import { Memo } from "../../core/kubelet/memo.ts";

/** Outcomes that are kept, and the longest text by which one is known: in all, a few MB. */
const BOUNDS = { entries: 1000, maxKeyLength: 1024 };

/** The text of every answer up to its uid. */
const START =
  textOf("", { patch: [], warnings: [], injected: [], reason: "no-images" }).split('""', 1)[0] ?? "";

type Outcome = Pick<Decision, "patch" | "warnings" | "injected" | "reason">;

/** Gives the text of the answer that carries out a decision. @throws Error when the patch is not well-formed */
export type ResponseWriter = (uid: string, outcome: Outcome) => string;

/** Makes a writer. Warnings quote what they warn of, so that an answer with warnings is written anew each time. */
export function createResponseWriter(): ResponseWriter {
  const ends = new Memo<string>(BOUNDS);
  return (uid, outcome) => {
    const { patch, reason, warnings } = outcome;
    if (warnings.length > 0) {
      return writeWhole(uid, outcome);
    }
    // A patch holds every name that it injects.
    const key = reason ?? JSON.stringify(patch);
    const end = ends.get(key, () => writeWhole("", outcome).slice(START.length + '""'.length));
    return START + JSON.stringify(uid) + end;
  };
}

function writeWhole(uid: string, outcome: Outcome): string {
  checkPatch(outcome.patch);
  return textOf(uid, outcome);
}

function textOf(uid: string, outcome: Outcome): string {
  return JSON.stringify(encodeReview(uid, outcome, encodeBase64));
}

/**
 * A patch that is not well-formed would fail the request of a user, whatever the failurePolicy is.
 * @throws Error for one; the library's own error holds the operation and is not kept
 */
function checkPatch(patch: Patch): void {
  if (jsonPatch.validate([...patch]) !== undefined) {
    throw new Error("a patch that is not well-formed");
  }
}

function encodeBase64(text: string): string {
  return Buffer.from(text).toString("base64");
}
