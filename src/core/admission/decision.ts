/**
 * The heart: decides what one admission request needs. Synchronous and pure; the webhook and `pullring explain` both call it.
 * Where a newer state could change the outcome the decision says so, and the caller reads it and decides again.
 */
import type { AdmissionRequest } from "./admission-request.ts";
import { filterRequest } from "./filter-request.ts";
import { type InjectionTarget, readInjectionTarget } from "./injection-target.ts";
import type { ViewOf } from "./namespace-view.ts";
import { type LiveReadScope, needsLiveRead } from "./needs-live-read.ts";
import { fitsSizeLimit } from "./object-size.ts";
import { buildPatch, type Patch, type WantedLists } from "./patch.ts";
import { type Plan, planInjection } from "./plan.ts";
import { isImmutableTemplate } from "./pod-template.ts";
import type { SkipReason } from "./skip-reason.ts";
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
  readonly warnings: readonly string[];
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
  const { target, reason } = filterRequest(request);
  const stored = request.operation === "UPDATE" ? readInjectionTarget(request.oldObject, request.kind) : undefined;
  if (target !== null && stored !== undefined && (reason === null || reason === "opted-out")) {
    return decideUpdate({ request, target, stored, isOptedOut: reason !== null }, viewOf);
  }
  if (reason !== null) return leaveAlone(target, reason);
  return decidePlan({ request, target, people: target, stored: undefined }, viewOf);
}

/** @see template-update.ts for the rules */
function decideUpdate(
  {
    request,
    target,
    stored,
    isOptedOut,
  }: {
    readonly request: AdmissionRequest;
    readonly target: InjectionTarget;
    readonly stored: InjectionTarget;
    readonly isOptedOut: boolean;
  },
  viewOf: ViewOf,
): Decision {
  if (isImmutableTemplate(request.kind) || isSameTemplate(stored, target)) {
    const wanted = hasSameNamesOfPeople(stored, target) ? stored : target;
    return decisionFor(target, { names: wanted.listed ?? [], annotation: wanted.annotation }, "unchanged-template");
  }
  const people = withoutOwnNames(target, ownNames(target, stored, target));
  return isOptedOut
    ? decisionFor(target, { names: people.listed ?? [], annotation: undefined }, "opted-out")
    : decidePlan({ request, target, people, stored }, viewOf);
}

/** Plans for the target as `people` wrote it. */
function decidePlan(
  {
    request,
    target,
    people,
    stored,
  }: {
    readonly request: AdmissionRequest;
    readonly target: InjectionTarget;
    readonly people: InjectionTarget;
    readonly stored: InjectionTarget | undefined;
  },
  viewOf: ViewOf,
): Decision {
  const view = viewOf(request.namespace, target.serviceAccountName);
  const plan = planInjection(people, view);
  const rest = { plan, liveRead: needsLiveRead(people, plan, view) };
  const wanted = keepOrder(wantedLists(people, plan), target, stored);
  if (plan.reason === null && !fitsSizeLimit(request.object, target, wanted)) {
    const bare = { names: people.listed ?? [], annotation: people.annotation };
    return { ...decisionFor(target, bare, "too-large"), warnings: [TOO_LARGE], ...rest };
  }
  const warnings = warningsOf(plan, view.keyring);
  return { ...decisionFor(target, wanted, plan.reason ?? "already-served"), warnings, ...rest };
}

const TOO_LARGE = "the object is too large for the imagePullSecrets that it needs; they were left out";

/** Names of ours that have left the list are forgotten. */
function wantedLists(
  { listed = [], injectedBefore, annotation }: InjectionTarget,
  { fromServiceAccount, added }: Plan,
): WantedLists {
  const names = [...listed, ...fromServiceAccount, ...added];
  if (names.length === listed.length) return { names, annotation };
  const own = new Set([...injectedBefore.filter((name) => listed.includes(name)), ...fromServiceAccount, ...added]);
  return { names, annotation: [...own].join(",") };
}

/** Where people's names stand as they are stored and the same are needed again, all of them are stored in the same order. */
function keepOrder(wanted: WantedLists, target: InjectionTarget, stored: InjectionTarget | undefined): WantedLists {
  return stored !== undefined &&
    hasSameNamesOfPeople(stored, target) &&
    isSameSet(wanted.names, stored.listed ?? []) &&
    isSameSet((wanted.annotation ?? "").split(","), (stored.annotation ?? "").split(","))
    ? { names: stored.listed ?? [], annotation: stored.annotation }
    : wanted;
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name) => right.includes(name));
}

function decisionFor(target: InjectionTarget, wanted: WantedLists, idleReason: SkipReason): Decision {
  const patch = buildPatch(target, wanted);
  const listed = target.listed ?? [];
  const isIdle = patch.length === 0;
  return {
    outcome: isIdle ? "skip" : "inject",
    reason: isIdle ? idleReason : null,
    injected: wanted.names.filter((name) => !listed.includes(name)),
    removed: listed.filter((name) => !wanted.names.includes(name)),
    patch,
    warnings: [],
    target,
    names: wanted.names,
    plan: null,
    liveRead: null,
  };
}

function leaveAlone(target: InjectionTarget | null, reason: SkipReason): Decision {
  const names = target?.listed ?? [];
  const nothing = { injected: [], removed: [], patch: [], warnings: [], plan: null, liveRead: null };
  return { outcome: "skip", reason, target, names, ...nothing };
}
