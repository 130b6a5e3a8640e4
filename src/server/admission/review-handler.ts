/**
 * From the text of a review to the text of its response: decode, decide, read again and decide again where that may help,
 * encode, report. Whatever goes wrong after the uid is known ends in a response that allows the request as it is.
 */
import { performance } from "node:perf_hooks";
import jsonPatch from "fast-json-patch";
import { canaryWarnings } from "../../core/admission/canary.ts";
import { type Decision, decide } from "../../core/admission/decision.ts";
import type { AdmissionRequest } from "../../core/admission/filter-request.ts";
import { decodeReview, encodeReview, encodeUndecided, type Outcome } from "../../core/admission/review.ts";
import { boundText, type Logger } from "../../telemetry/logger.ts";
import { BadRequestError } from "../limits/rejection.ts";
import type { CredentialSource, ObservedLiveRead, ObservedResponse, ResponseObserver } from "./ports.ts";

/** What reviews are handled with. */
export interface ReviewHandlerDependencies {
  readonly source: CredentialSource;
  readonly logger: Logger;
  readonly onResponse: ResponseObserver;
}

/** What one call asks for. */
export interface ReviewCall {
  /** The text of an AdmissionReview. */
  readonly body: string;
  /** Longest time that the call may wait for a live read, in milliseconds; undefined: the time-out of the source. */
  readonly limitMs: number | undefined;
  /** Whether to decide, log, count and annotate as ever, and change nothing. */
  readonly isObserved: boolean;
}

/** What an observed request gets. */
const NOTHING: Pick<Decision, "patch" | "warnings"> = { patch: [], warnings: [] };

/** A Pod that needs more credentials is rare, and the log is no place for all of them. */
const MAX_LOGGED_NAMES = 20;

/** Handles the reviews of one webhook server. */
export class ReviewHandler {
  readonly #deps: ReviewHandlerDependencies;

  constructor(dependencies: ReviewHandlerDependencies) {
    this.#deps = dependencies;
  }

  /**
   * Gives the response to a review, as JSON. Most need no live read and are there at once.
   * @throws BadRequestError 400 when the body is no review that can be answered; the message says why
   */
  async handle({ body, limitMs, isObserved }: ReviewCall): Promise<string> {
    const { source, logger, onResponse } = this.#deps;
    const startedMs = performance.now();
    const request = parseReview(body);
    const { uid, operation, kind, namespace } = request;
    let liveRead: ObservedLiveRead | undefined;
    const report = (outcome: ObservedResponse["outcome"]): number => {
      const durationSeconds = (performance.now() - startedMs) / 1000;
      onResponse({ operation, kind, outcome, liveRead, durationSeconds });
      return durationSeconds;
    };
    try {
      let decision = decide(request, (name, serviceAccountName) => source.view(name, serviceAccountName));
      const { target, liveRead: scope } = decision;
      if (target !== null && scope !== null && source.readLive !== undefined) {
        const { serviceAccountName } = target;
        const { view, result } = await source.readLive({ namespace, serviceAccountName, scope, limitMs });
        liveRead = { scope, result };
        decision = decide(request, () => view);
      }
      const { patch, warnings } = isObserved ? NOTHING : decision;
      const text = encodeResponse(uid, { ...decision, patch, warnings: [...canaryWarnings(request), ...warnings] });
      logDecision(logger, request, decision, report(decision.reason ?? "injected"));
      return text;
    } catch (error) {
      logger.error({ err: error, requestID: boundText(uid) }, "Answered without a decision");
      report("error");
      return JSON.stringify(encodeUndecided(uid));
    }
  }
}

function parseReview(body: string): AdmissionRequest {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new BadRequestError(400, "the body is not JSON");
  }
  const { request, error } = decodeReview(value);
  if (error !== null) throw new BadRequestError(400, error);
  return { ...request, textBytes: Buffer.byteLength(body) };
}

/**
 * Gives the AdmissionReview that carries out a decision, as JSON.
 * @throws Error when the patch is not well-formed: it would fail the request of a user, whatever the failurePolicy is. The
 *   library's own error holds the operation and is not kept.
 */
export function encodeResponse(uid: string, outcome: Outcome): string {
  if (jsonPatch.validate([...outcome.patch]) !== undefined) throw new Error("a patch that is not well-formed");
  return JSON.stringify(encodeReview(uid, outcome, (text) => Buffer.from(text).toString("base64")));
}

function logDecision(logger: Logger, request: AdmissionRequest, decision: Decision, duration: number): void {
  const { reason, injected, removed } = decision;
  // Most requests are skipped, and their lines are seldom wanted.
  if (!logger.isLevelEnabled(reason === null ? "info" : "debug")) return;
  const fields = {
    requestID: boundText(request.uid),
    operation: boundText(request.operation),
    kind: boundText(request.kind.kind),
    namespace: boundText(request.namespace),
    name: boundText(request.name),
    dryRun: request.dryRun,
    duration,
    reason: reason ?? undefined,
    added: loggedNames(injected),
    removed: loggedNames(removed),
  };
  if (reason === null) logger.info(fields, "Injected image pull secrets");
  else logger.debug(fields, "Skipped an object");
}

function loggedNames(names: readonly string[]): readonly string[] | undefined {
  return names.length === 0 ? undefined : names.slice(0, MAX_LOGGED_NAMES);
}
