/**
 * From the text of a review to the text of its answer: decode, decide, look again where that may help, write, log. Whatever
 * goes wrong after the uid is known ends in an answer that allows the request as it is.
 */
import { performance } from "node:perf_hooks";
import type { AdmissionRequest } from "../../core/admission/admission-request.ts";
import { type Decision, decideSkip, decideTarget } from "../../core/admission/decision.ts";
import { filterRequest, type InjectionTarget } from "../../core/admission/injection-target.ts";
import { type LiveReadScope, needsLiveRead } from "../../core/admission/needs-live-read.ts";
import { decodeReview, encodeUndecided } from "../../core/admission/review.ts";
import { boundText, type Logger } from "../../telemetry/logger.ts";
import { BadRequestError } from "../http-error.ts";
import { waitLimitMs } from "./call-deadline.ts";
import type { CredentialSource, LiveView, ObservedLiveRead, ResponseObserver } from "./ports.ts";
import { createResponseWriter } from "./response-writer.ts";

/** What the answers are made from. */
export interface ReviewHandlerDependencies {
  readonly source: CredentialSource;
  readonly logger: Logger;
  readonly onResponse: ResponseObserver;
}

/**
 * Gives the answer to a review, as JSON; at once unless the credentials have to be looked at afresh. `url` is that of the
 * call, which names the time-out.
 * @throws BadRequestError 400 when `body` is no review that can be answered; the message names the fault
 */
export type ReviewHandler = (body: string, url: string) => string | Promise<string>;

/** Makes the answerer. */
export function createReviewHandler(parts: ReviewHandlerDependencies): ReviewHandler {
  const answerer = new Answerer(parts);
  return (body, url) => answerer.answer(body, url);
}

/** A request under way. */
interface Call {
  readonly request: AdmissionRequest;
  readonly url: string;
  readonly startedMs: number;
}

class Answerer {
  readonly #source: CredentialSource;
  readonly #logger: Logger;
  readonly #onResponse: ResponseObserver;
  readonly #write = createResponseWriter();

  constructor({ source, logger, onResponse }: ReviewHandlerDependencies) {
    this.#source = source;
    this.#logger = logger;
    this.#onResponse = onResponse;
  }

  answer(body: string, url: string): string | Promise<string> {
    const startedMs = performance.now();
    const call = { request: parseReview(body), url, startedMs };
    try {
      const { target, reason } = filterRequest(call.request);
      return target === null
        ? this.#conclude(call, decideSkip(reason), undefined)
        : this.#decide(call, target);
    } catch (error) {
      return this.#giveUp(call, error);
    }
  }

  /** Decides with the view at hand, and once more with a fresher one where that may change the decision. */
  #decide(call: Call, target: InjectionTarget): string | Promise<string> {
    const { namespace } = call.request;
    const { serviceAccountName } = target;
    const view = this.#source.view(namespace, serviceAccountName);
    const decision = decideTarget(target, view);
    const { readLive } = this.#source;
    const scope = readLive === undefined ? undefined : needsLiveRead(target, decision.plan, view);
    if (readLive === undefined || scope === undefined) {
      return this.#conclude(call, decision, undefined);
    }
    const request = { namespace, serviceAccountName, scope, limitMs: waitLimitMs(call.url) };
    return this.#decideAfresh(call, target, { scope, look: readLive.call(this.#source, request) });
  }

  async #decideAfresh(
    call: Call,
    target: InjectionTarget,
    { scope, look }: { readonly scope: LiveReadScope; readonly look: Promise<LiveView> },
  ): Promise<string> {
    try {
      const { view, result } = await look;
      return this.#conclude(call, decideTarget(target, view), { scope, result });
    } catch (error) {
      return this.#giveUp(call, error);
    }
  }

  #conclude(call: Call, decision: Decision, liveRead: ObservedLiveRead | undefined): string {
    const { uid, operation, kind } = call.request;
    const text = this.#write(uid, decision);
    const durationSeconds = secondsSince(call.startedMs);
    logDecision(this.#logger, call.request, { decision, durationSeconds });
    this.#onResponse({ operation, kind, outcome: decision.reason ?? "injected", liveRead, durationSeconds });
    return text;
  }

  #giveUp({ request: { uid, operation, kind }, startedMs }: Call, error: unknown): string {
    this.#logger.error({ err: error, requestID: boundText(uid) }, "Answered without a decision");
    const durationSeconds = secondsSince(startedMs);
    this.#onResponse({ operation, kind, outcome: "error", liveRead: undefined, durationSeconds });
    return JSON.stringify(encodeUndecided(uid));
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
  const { request, fault } = decodeReview(value);
  if (fault !== null) {
    throw new BadRequestError(400, fault);
  }
  return request;
}

/** Only few values are left, whose texts V8 remembers: the text of a number with all its digits is a tenth of what a line costs. */
function toWholeMicroseconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}

/** A Pod that needs more credentials is rare, and the log is no place for all of them. */
const MAX_LOGGED_NAMES = 20;

function logDecision(
  logger: Logger,
  request: AdmissionRequest,
  { decision, durationSeconds }: { readonly decision: Decision; readonly durationSeconds: number },
): void {
  const { reason, injected } = decision;
  if (!logger.isLevelEnabled(reason === null ? "info" : "debug")) {
    return;
  }
  const fields = {
    requestID: boundText(request.uid),
    operation: boundText(request.operation),
    kind: boundText(request.kind.kind),
    namespace: boundText(request.namespace),
    name: boundText(request.name),
    dryRun: request.dryRun,
    duration: toWholeMicroseconds(durationSeconds),
    // A field that is undefined is not shown.
    added: reason === null ? injected.slice(0, MAX_LOGGED_NAMES) : undefined,
    reason: reason ?? undefined,
  };
  if (reason === null) {
    logger.info(fields, "Injected image pull secrets");
  } else {
    logger.debug(fields, "Skipped an object");
  }
}
