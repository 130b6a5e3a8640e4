/**
 * The heart: decides what one admission request needs. Synchronous and pure; the webhook and `pullring explain` both call it.
 * Where a newer state could change the outcome the decision says so, and the caller reads it and decides again.
 */
import type { SkipReason } from "../verdicts/skip-reason.ts";
import type { Warning } from "../verdicts/warning.ts";
import type { AdmissionRequest } from "./filter-request.ts";
import { filterRequest } from "./filter-request.ts";
import { type InjectionTarget, readInjectionTarget } from "./injection-target.ts";
import type { ViewOf } from "./namespace-view.ts";
import { type LiveReadScope, needsLiveRead } from "./needs-live-read.ts";
import { buildPatch, fitsAnnotations, fitsSizeLimit, type Patch, type WantedLists } from "./patch.ts";
import { type Plan, planInjection } from "./plan.ts";
import { isImmutableTemplate } from "./pod-template.ts";
import { hasSameNamesOfPeople, isSameTemplate, ownNames, withoutOwnNames } from "./template-update.ts";
import { warningsOf } from "./warnings.ts";

/** The outcome for one request. */
export interface Decision {
  readonly outcome: "inject" | "skip";
  /** null when something is changed. */
  readonly reason: SkipReason | null;
  /** Names put into the list, the ServiceAccount's first. */
  readonly injected: readonly string[];
  /** Names taken out of the list, all of which pullring had put there. */
  readonly removed: readonly string[];
  readonly patch: Patch;
  readonly warnings: readonly Warning[];
  /** What the request is about; null when the object is of another kind or cannot be read. */
  readonly target: InjectionTarget | null;
  /** Names of the object's list in the end. */
  readonly names: readonly string[];
  /** null when no credential was looked up. */
  readonly plan: Plan | null;
  /** What a newer state might change; null when the decision is final. */
  readonly liveRead: LiveReadScope | null;
}

/** Decides `request`; `viewOf` is called once, and only if the decision depends on credentials. */
export function decide(request: AdmissionRequest, viewOf: ViewOf): Decision {
  const filtered = filterRequest(request);
  if (filtered.target === null) return leaveAlone(null, filtered.reason);
  const { target, reason } = filtered;
  const stored = request.operation === "UPDATE" ? readInjectionTarget(request.oldObject, request.kind) : undefined;
  // One that opts out still gives back what it got.
  if (reason !== null && (reason !== "opted-out" || stored === undefined)) return leaveAlone(target, reason);
  if (stored !== undefined && (isImmutableTemplate(request.kind) || isSameTemplate(stored, target))) {
    return putBack(request, target, stored);
  }
  const people = stored === undefined ? target : withoutOwnNames(target, stored);
  if (reason !== null) return decisionFor(target, listsOf(people), reason);

  const view = viewOf(request.namespace, target.serviceAccountName);
  const plan = planInjection(people, view);
  const rest = { plan, liveRead: needsLiveRead(people, plan, view) };
  const wanted = keepOrder(wantedLists(people, plan), target, stored);
  if (plan.reason === null && !fitsSizeLimit(request, target, wanted)) {
    return { ...decisionFor(target, listsOf(people), "too-large"), warnings: [{ code: "too-large" }], ...rest };
  }
  const warnings = warningsOf(plan, view.keyring);
  return { ...decisionFor(target, wanted, plan.reason ?? "already-served"), warnings, ...rest };
}

/** What is stored goes back, unless that would make the object too long. */
function putBack(request: AdmissionRequest, target: InjectionTarget, stored: InjectionTarget): Decision {
  const wanted = listsOf(hasSameNamesOfPeople(stored, target) ? stored : target);
  // The list of a Job cannot change. Its annotations can while it is suspended, and a person's come before ours.
  const { annotation } = fitsAnnotations(target, wanted.annotation) ? wanted : target;
  const decision = decisionFor(target, { ...wanted, annotation }, "unchanged-template");
  const isFinal = isImmutableTemplate(request.kind) || decision.patch.length === 0;
  return isFinal || fitsSizeLimit(request, target, wanted)
    ? decision
    : { ...leaveAlone(target, "too-large"), warnings: [{ code: "too-large" }] };
}

function listsOf({ listed = [], annotation }: InjectionTarget): WantedLists {
  return { names: listed, annotation };
}

/** Names of ours that have left the list are forgotten. */
function wantedLists(people: InjectionTarget, { fromServiceAccount, added }: Plan): WantedLists {
  const { listed = [], annotation } = people;
  const ours = [...fromServiceAccount, ...added];
  return ours.length === 0
    ? { names: listed, annotation }
    : { names: [...listed, ...ours], annotation: [...new Set([...ownNames(people), ...ours])].join(",") };
}

/** Where people's names stand as they are stored and the same are needed again, all of them are stored in the same order. */
function keepOrder(wanted: WantedLists, target: InjectionTarget, stored: InjectionTarget | undefined): WantedLists {
  return stored !== undefined &&
    hasSameNamesOfPeople(stored, target) &&
    isSameSet(wanted.names, stored.listed ?? []) &&
    isSameSet((wanted.annotation ?? "").split(","), (stored.annotation ?? "").split(","))
    ? listsOf(stored)
    : wanted;
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  const names = new Set(right);
  return left.length === right.length && left.every((name) => names.has(name));
}

function decisionFor(target: InjectionTarget, wanted: WantedLists, idleReason: SkipReason): Decision {
  const patch = buildPatch(target, wanted);
  const [before, after] = [new Set(target.listed), new Set(wanted.names)];
  const isIdle = patch.length === 0;
  return {
    outcome: isIdle ? "skip" : "inject",
    reason: isIdle ? idleReason : null,
    injected: wanted.names.filter((name) => !before.has(name)),
    removed: (target.listed ?? []).filter((name) => !after.has(name)),
    patch,
    warnings: [],
    target,
    names: wanted.names,
    plan: null,
    liveRead: null,
  };
}

/** The decision that changes nothing, for whatever reason. */
export function leaveAlone<Reason extends string>(
  target: InjectionTarget | null,
  reason: Reason,
): Omit<Decision, "reason"> & { readonly reason: Reason } {
  const names = target?.listed ?? [];
  const nothing = { injected: [], removed: [], patch: [], warnings: [], plan: null, liveRead: null };
  return { outcome: "skip", reason, target, names, ...nothing };
}
