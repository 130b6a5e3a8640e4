/**
 * From the text of a review to the text of its response: decode, decide, read again and decide again where that may help,
 * encode, report. Whatever goes wrong after the uid is known ends in a response that allows the request as it is.
 */
import { performance } from "node:perf_hooks";
import type { AdmissionRequest } from "../../core/admission/admission-request.ts";
import { type Decision, decide } from "../../core/admission/decision.ts";
import { decodeReview, encodeUndecided } from "../../core/admission/review.ts";
import { boundText, type Logger } from "../../telemetry/logger.ts";
import { BadRequestError } from "../http-error.ts";
import type { CredentialSource, ObservedLiveRead, ResponseObserver } from "./ports.ts";
import { encodeResponse } from "./response-encoder.ts";

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

/** Handles the reviews of one webhook server. */
export class ReviewHandler {
  readonly #source: CredentialSource;
  readonly #logger: Logger;
  readonly #onResponse: ResponseObserver;

  constructor({ source, logger, onResponse }: ReviewHandlerDependencies) {
    this.#source = source;
    this.#logger = logger;
    this.#onResponse = onResponse;
  }

  /**
   * Gives the response to a review, as JSON. Most need no live read and are there at once.
   * @throws BadRequestError 400 when the body is no review that can be answered; the message says why
   */
  async handle({ body, limitMs, isObserved }: ReviewCall): Promise<string> {
    const startedMs = performance.now();
    const request = parseReview(body);
    const observed: { liveRead?: ObservedLiveRead } = {};
    try {
      const decision = await this.#decide(request, limitMs, observed);
      const text = encodeResponse(request.uid, isObserved ? { ...decision, patch: [], warnings: [] } : decision);
      const durationSeconds = secondsSince(startedMs);
      logDecision(this.#logger, request, { decision, durationSeconds });
      this.#report(request, decision.reason ?? "injected", { ...observed, durationSeconds });
      return text;
    } catch (error) {
      this.#logger.error({ err: error, requestID: boundText(request.uid) }, "Answered without a decision");
      this.#report(request, "error", { ...observed, durationSeconds: secondsSince(startedMs) });
      return JSON.stringify(encodeUndecided(request.uid));
    }
  }

  /** Decides with the view at hand, and once more with a newer one where that may change the decision. */
  async #decide(
    request: AdmissionRequest,
    limitMs: number | undefined,
    observed: { liveRead?: ObservedLiveRead },
  ): Promise<Decision> {
    const decision = decide(request, (namespace, name) => this.#source.view(namespace, name));
    const { target, liveRead: scope } = decision;
    if (target === null || scope === null || this.#source.readLive === undefined) return decision;
    const { view, result } = await this.#source.readLive({
      namespace: request.namespace,
      serviceAccountName: target.serviceAccountName,
      scope,
      limitMs,
    });
    observed.liveRead = { scope, result };
    return decide(request, () => view);
  }

  #report(
    { operation, kind }: AdmissionRequest,
    outcome: Parameters<ResponseObserver>[0]["outcome"],
    { liveRead, durationSeconds }: { readonly liveRead?: ObservedLiveRead; readonly durationSeconds: number },
  ): void {
    this.#onResponse({ operation, kind, outcome, liveRead, durationSeconds });
  }
}

function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1000;
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
  return request;
}

/** A Pod that needs more credentials is rare, and the log is no place for all of them. */
const MAX_LOGGED_NAMES = 20;

function logDecision(
  logger: Logger,
  { uid, operation, kind, namespace, name, dryRun }: AdmissionRequest,
  { decision, durationSeconds }: { readonly decision: Decision; readonly durationSeconds: number },
): void {
  const { reason, injected, removed } = decision;
  const fields = {
    requestID: boundText(uid),
    operation: boundText(operation),
    kind: boundText(kind.kind),
    namespace: boundText(namespace),
    name: boundText(name),
    dryRun,
    duration: durationSeconds,
  };
  if (reason === null) {
    const changes = {
      added: injected.slice(0, MAX_LOGGED_NAMES),
      ...(removed.length > 0 && { removed: removed.slice(0, MAX_LOGGED_NAMES) }),
    };
    logger.info({ ...fields, ...changes }, "Injected image pull secrets");
  } else {
    logger.debug({ ...fields, reason }, "Skipped an object");
  }
}
