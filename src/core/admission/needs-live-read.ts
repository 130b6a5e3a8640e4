/**
 * Tells when a decision should not rest on the view at hand alone, and what of it to look at again. The look itself is made
 * outside. Every "no" here saves a request to the API server, so each has its reason above it.
 */
import type { NamespaceView } from "./decision.ts";
import { type InjectionTarget, isOwnList } from "./injection-target.ts";
import type { Plan } from "./plan.ts";

/** What a look is taken at: all that a view holds, or its ServiceAccount alone. */
export type LiveReadScope = "namespace" | "serviceaccount";

/** Gives what a fresher view might change; undefined when the decision is final. @see docs/architecture.md: read your writes */
export function needsLiveRead(
  target: InjectionTarget,
  plan: Plan,
  { serviceAccount }: NamespaceView,
): LiveReadScope | undefined {
  if (plan.unserved.length > 0) {
    return "namespace";
  }
  return wantsServiceAccount(target, plan, serviceAccount) ? "serviceaccount" : undefined;
}

/**
 * A ServiceAccount has a say in two places: its names belong in a list that is pullring's own, and it may forbid what is added
 * to any list. A list that stays empty is none of our business: the API server completes it when a Pod is made.
 */
function wantsServiceAccount(
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
 * Tells whether a Pod's list is what the API server makes of an empty one by a ServiceAccount with `names`. It has just done
 * so, before it asked us: then what is known here is what it knows, and its word on the Pod is the last one.
 * @see kubernetes plugin/pkg/admission/serviceaccount/admission.go (Admit)
 */
function isCopy(listed: readonly string[], names: readonly string[]): boolean {
  return listed.every((name) => names.includes(name)) && names.every((name) => listed.includes(name));
}
