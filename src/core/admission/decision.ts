/** The heart: decides what one admission request needs. Synchronous and pure; a fresher look at the credentials is made outside. */

import type { Keyring } from "../kubelet/keyring.ts";
import type { AdmissionRequest } from "./admission-request.ts";
import { type FilterResult, filterRequest, type InjectionTarget } from "./injection-target.ts";
import { buildPatch, type Patch } from "./patch.ts";
import { type Plan, planInjection } from "./plan.ts";
import { PLAIN_SERVICE_ACCOUNT, type ServiceAccount } from "./service-account.ts";
import type { SkipReason } from "./skip-reason.ts";
import { warningsOf } from "./warnings.ts";

/** What is known of a namespace at one moment. */
export interface NamespaceView {
  readonly keyring: Keyring;
  /** The ServiceAccount of the target; undefined when it is not known, which counts as a plain one. */
  readonly serviceAccount: ServiceAccount | undefined;
}

/** The outcome for one request. */
export interface Decision {
  readonly outcome: "inject" | "skip";
  /** null when something is injected. */
  readonly reason: SkipReason | null;
  /** Names put into the list, the ServiceAccount's first; [] when skipped. */
  readonly injected: readonly string[];
  readonly patch: Patch;
  readonly warnings: readonly string[];
  /** null when filtering skipped the request, so that no credential was looked at. */
  readonly plan: Plan | null;
}

/** Decides `request`; `view` is asked for only if the decision depends on credentials. */
export function decide(
  request: AdmissionRequest,
  view: (namespace: string, serviceAccountName: string) => NamespaceView,
): Decision {
  const filtered: FilterResult = filterRequest(request);
  return filtered.target === null
    ? decideSkip(filtered.reason)
    : decideTarget(filtered.target, view(request.namespace, filtered.target.serviceAccountName));
}

/** The decision for a request that filtering skipped. */
export function decideSkip(reason: SkipReason): Decision {
  return { outcome: "skip", reason, injected: [], patch: [], warnings: [], plan: null };
}

/** Decides for a filtered target. */
export function decideTarget(
  target: InjectionTarget,
  { keyring, serviceAccount }: NamespaceView,
): Decision & { readonly plan: Plan } {
  const plan = planInjection(target, keyring, serviceAccount ?? PLAIN_SERVICE_ACCOUNT);
  return {
    outcome: plan.reason === null ? "inject" : "skip",
    reason: plan.reason,
    injected: plan.reason === null ? [...plan.fromServiceAccount, ...plan.added] : [],
    patch: buildPatch(target, plan),
    warnings: warningsOf(plan, keyring),
    plan,
  };
}
