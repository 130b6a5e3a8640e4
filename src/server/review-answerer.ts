/**
 * From the text of a review to the text of its answer: decode, decide, look again where that may help, encode, log. Whatever
 * goes wrong after the uid is known ends in an answer that allows the request as it is.
 */
import { performance } from "node:perf_hooks";
import jsonPatch from "fast-json-patch";
import type { AdmissionRequest } from "../core/admission-request.ts";
import { BadRequestError } from "../core/app-error.ts";
import { type Decision, decideSkip, decideSubject } from "../core/decision.ts";
import { wantsFresherView } from "../core/fresher-view.ts";
import type { Patch } from "../core/patch.ts";
import { decodeReview, encodeReview, encodeUndecided, type ReviewAnswer } from "../core/review.ts";
import { screenRequest } from "../core/subject.ts";
import { boundText, type Logger } from "../telemetry/logger.ts";
import type { AnswerObserver, ObservedLook } from "./answer-observer.ts";
import { waitLimitMs } from "./call-deadline.ts";
import type { CredentialSource } from "./credential-source.ts";

/** What the answers are made from. */
export interface AnswererParts {
  readonly source: CredentialSource;
  readonly logger: Logger;
  readonly onAnswer: AnswerObserver;
}

/**
 * Gives the answer to a review, as JSON. `url` is that of the call, which names the time-out.
 * @throws BadRequestError 400 when `body` is no review that can be answered; the message names the fault
 */
export type ReviewAnswerer = (body: string, url: string) => Promise<string>;

interface Settled {
  readonly decision: Decision;
  readonly freshLook: ObservedLook | undefined;
}

/** Makes the answerer. */
export function createReviewAnswerer({ source, logger, onAnswer }: AnswererParts): ReviewAnswerer {
  return async (body, url) => {
    const startedMs = performance.now();
    const request = parseReview(body);
    const secondsSinceStart = (): number => (performance.now() - startedMs) / 1000;
    const { operation, kind } = request;
    try {
      const { decision, freshLook } = await settle(request, source, url);
      checkPatch(decision.patch);
      const text = JSON.stringify(encodeReview(request.uid, decision, encodeBase64));
      const durationSeconds = secondsSinceStart();
      logDecision(logger, request, { decision, durationSeconds });
      onAnswer({ operation, kind, outcome: decision.reason ?? "injected", freshLook, durationSeconds });
      return text;
    } catch (error) {
      logger.error({ err: error, requestID: boundText(request.uid) }, "Answered without a decision");
      const durationSeconds = secondsSinceStart();
      onAnswer({ operation, kind, outcome: "error", freshLook: undefined, durationSeconds });
      const answer: ReviewAnswer = encodeUndecided(request.uid);
      return JSON.stringify(answer);
    }
  };
}

function parseReview(body: string): AdmissionRequest {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new BadRequestError(400, "the body is not JSON");
  }
  const { request, fault } = decodeReview(value);
  if (fault !== null) {
    throw new BadRequestError(400, fault);
  }
  return request;
}

/** Decides with the view at hand, and once more with a fresher one where that may change the decision. */
async function settle(request: AdmissionRequest, source: CredentialSource, url: string): Promise<Settled> {
  const { subject, reason } = screenRequest(request);
  if (subject === null) {
    return { decision: decideSkip(reason), freshLook: undefined };
  }
  const { namespace } = request;
  const { serviceAccountName } = subject;
  const view = source.view(namespace, serviceAccountName);
  const decision = decideSubject(subject, view);
  const scope = source.freshView === undefined ? undefined : wantsFresherView(subject, decision.plan, view);
  if (source.freshView === undefined || scope === undefined) {
    return { decision, freshLook: undefined };
  }
  const limitMs = waitLimitMs(url);
  const look = await source.freshView({ namespace, serviceAccountName, scope, limitMs });
  return { decision: decideSubject(subject, look.view), freshLook: { scope, outcome: look.outcome } };
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

function logDecision(
  logger: Logger,
  request: AdmissionRequest,
  { decision, durationSeconds }: { readonly decision: Decision; readonly durationSeconds: number },
): void {
  if (!logger.isLevelEnabled(decision.reason === null ? "info" : "debug")) {
    return;
  }
  const fields = {
    requestID: boundText(request.uid),
    operation: boundText(request.operation),
    kind: boundText(request.kind.kind),
    namespace: boundText(request.namespace),
    name: boundText(request.name),
    dryRun: request.dryRun,
    duration: durationSeconds,
  };
  if (decision.reason === null) {
    logger.info(
      { ...fields, added: decision.injected.slice(0, MAX_LOGGED_NAMES) },
      "Injected image pull secrets",
    );
  } else {
    logger.debug({ ...fields, reason: decision.reason }, "Skipped an object");
  }
}

/** A Pod that needs more credentials is rare, and the log is no place for all of them. */
const MAX_LOGGED_NAMES = 20;
