/**
 * Tells when a decision must not rest on the view at hand alone, and what of it to read again. The read itself happens
 * outside. Every "no" here saves requests to the API server, so each has its reason above it.
 */
import { type InjectionTarget, isOwnList } from "./injection-target.ts";
import type { NamespaceView } from "./namespace-view.ts";
import type { Plan } from "./plan.ts";

/** What is read: all that a view holds, or its ServiceAccount alone. */
export type LiveReadScope = "namespace" | "serviceaccount";

/**
 * Gives what a newer view might change; null when the decision is final. Where somebody is waiting, for a template and for a
 * Pod without a controller, whatever was written before the request is seen: nothing is added, and no image stays unserved, by
 * what is known from before. A Pod of a controller comes a whole round after its template, and what is known serves as long as
 * it is followed.
 * @see docs/architecture.md: read your writes
 */
export function needsLiveRead(target: InjectionTarget, plan: Plan, view: NamespaceView): LiveReadScope | null {
  if (target.hasController && view.isFollowed === true) return null;
  if (plan.unserved.length > 0 || plan.added.length > 0 || plan.leftOut.conflicts.length > 0) return "namespace";
  // The ServiceAccount's names belong in a list that is pullring's own. The API server completes one that stays empty.
  return target.listed !== undefined && target.listed.length > 0 && isOwnList(target) ? "serviceaccount" : null;
}
