/**
 * Tells when a decision must not rest on the view at hand alone, and what of it to read again. The read itself happens
 * outside. Every "no" here saves requests to the API server, so each has its reason above it.
 */

import { type InjectionTarget, isOwnList } from "./injection-target.ts";
import type { NamespaceView } from "./namespace-view.ts";
import type { Plan } from "./plan.ts";

/** What is read: all that a view holds, or its ServiceAccount alone. */
export type LiveReadScope = "namespace" | "serviceaccount";

/** Gives what a newer view might change; null when the decision is final. @see docs/architecture.md: read your writes */
export function needsLiveRead(
  target: InjectionTarget,
  plan: Plan,
  { serviceAccount }: NamespaceView,
): LiveReadScope | null {
  if (plan.unserved.length > 0) {
    return "namespace";
  }
  return needsServiceAccount(target, plan, serviceAccount) ? "serviceaccount" : null;
}

/**
 * A ServiceAccount matters in two places: its names belong in a list that is pullring's own, and it may forbid what is added
 * to any list. A list that stays empty does not matter here: the API server completes it when a Pod is made.
 */
function needsServiceAccount(
  target: InjectionTarget,
  { added }: Plan,
  serviceAccount: NamespaceView["serviceAccount"],
): boolean {
  const { isTemplate, listed = [] } = target;
  if (listed.length > 0 && isOwnList(target)) {
    return true;
  }
  if (added.length === 0) {
    return false;
  }
  return isTemplate || serviceAccount === undefined || !isCopy(listed, serviceAccount.imagePullSecrets);
}

/**
 * Tells whether a Pod's list is what the API server makes of an empty one by a ServiceAccount with `names`. If so, the API
 * server's ServiceAccount admission ran on the same ServiceAccount, and it runs again after us and can still reject the Pod.
 * @see kubernetes plugin/pkg/admission/serviceaccount/admission.go (Admit)
 */
function isCopy(listed: readonly string[], names: readonly string[]): boolean {
  return listed.every((name) => names.includes(name)) && names.every((name) => listed.includes(name));
}
