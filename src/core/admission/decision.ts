/**
 * The heart: decides what one admission request needs. Synchronous and pure; the webhook and `pullring explain` both call it.
 * Where a newer state could change the outcome the decision says so, and the caller reads it and decides again.
 */
import type { AdmissionRequest } from "./admission-request.ts";
import { filterRequest, type InjectionTarget } from "./injection-target.ts";
import type { ViewOf } from "./namespace-view.ts";
import { type LiveReadScope, needsLiveRead } from "./needs-live-read.ts";
import { buildPatch, type Patch } from "./patch.ts";
import { type Plan, planInjection } from "./plan.ts";
import type { SkipReason } from "./skip-reason.ts";
import { warningsOf } from "./warnings.ts";

/** The outcome for one request. */
export interface Decision {
  readonly outcome: "inject" | "skip";
  /** null when something is injected. */
  readonly reason: SkipReason | null;
  /** Names put into the list, the ServiceAccount's first; [] when skipped. */
  readonly injected: readonly string[];
  readonly patch: Patch;
  readonly warnings: readonly string[];
  /** What the request is about; null when the object is of another kind or cannot be read. */
  readonly target: InjectionTarget | null;
  /** null when the request was filtered out, so that no credential was looked up. */
  readonly plan: Plan | null;
  /** What a newer state might change; null when the decision is final. */
  readonly liveRead: LiveReadScope | null;
}

/** Decides `request`; `viewOf` is called once, and only if the decision depends on credentials. */
export function decide(request: AdmissionRequest, viewOf: ViewOf): Decision {
  const { target, reason } = filterRequest(request);
  if (reason !== null) {
    return {
      outcome: "skip",
      reason,
      injected: [],
      patch: [],
      warnings: [],
      target,
      plan: null,
      liveRead: null,
    };
  }
  const view = viewOf(request.namespace, target.serviceAccountName);
  const plan = planInjection(target, view);
  return {
    outcome: plan.reason === null ? "inject" : "skip",
    reason: plan.reason,
    injected: plan.reason === null ? [...plan.fromServiceAccount, ...plan.added] : [],
    patch: buildPatch(target, plan),
    warnings: warningsOf(plan, view.keyring),
    target,
    plan,
    liveRead: needsLiveRead(target, plan, view),
  };
}
