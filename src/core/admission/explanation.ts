/** Explains the decision for one request in the public format of `pullring explain -o json`. Names there are never changed. */

import { memberAt, stringOf } from "../json-value.ts";
import type { Keyring } from "../kubelet/keyring.ts";
import type { AdmissionRequest } from "./admission-request.ts";
import { type Decision, decideSkip, decideTarget, type NamespaceView } from "./decision.ts";
import { filterRequest, type InjectionTarget, readInjectionTarget } from "./injection-target.ts";
import type { Patch } from "./patch.ts";
import { type Plan, planInjection, positionsOf, triedEntries } from "./plan.ts";
import { PLAIN_SERVICE_ACCOUNT } from "./service-account.ts";
import type { SkipReason } from "./skip-reason.ts";

/** One image of an explained object. */
export interface ExplainedImage {
  /** Name of the container; null for an image volume. */
  readonly container: string | null;
  /** JSON pointer of the image in the object. */
  readonly path: string;
  readonly image: string;
  readonly repository: string | null;
  readonly error: string | null;
  /**
   * Distinct names of the Secrets that the kubelet would try with the list as it is in the end, in its order. Empty when that
   * list names a malformed Secret, as the kubelet then tries none.
   */
  readonly credentials: readonly string[];
}

/** One explained object. */
export interface ExplainedObject {
  readonly kind: string;
  readonly namespace: string;
  /** The generateName where the object has no name yet; "" when it has neither. */
  readonly name: string;
  readonly decision: Decision["outcome"];
  readonly reason: SkipReason | null;
  readonly imagePullSecrets: {
    /** Names in the object. */
    readonly listed: readonly string[];
    /** Names that the patch copies from the ServiceAccount. */
    readonly serviceAccount: readonly string[];
    /** Names of the needed credentials that the patch adds. */
    readonly added: readonly string[];
    /** The object's list after the patch: the three above in this order. */
    readonly result: readonly string[];
    /** The list of the Pod in the end: `result`, or the ServiceAccount's names where the API server completes an empty list. */
    readonly effective: readonly string[];
  };
  readonly images: readonly ExplainedImage[];
  readonly patch: Patch;
  readonly warnings: readonly string[];
}

/** Explains what is done for `request`. Requests that are skipped show what the kubelet would try without pullring. */
export function explainRequest(
  request: AdmissionRequest,
  view: (namespace: string, serviceAccountName: string) => NamespaceView,
): ExplainedObject {
  const target = readInjectionTarget(request.object, request.kind);
  const explained = {
    kind: request.kind.kind,
    namespace: request.namespace,
    name: request.name || nameOf(request.object),
  };
  const filtered = filterRequest(request);
  if (target === undefined) {
    // FilterResult needs a target to find no reason.
    const decision = decideSkip(filtered.reason as SkipReason);
    return { ...explained, ...outcomeOf(decision), imagePullSecrets: NO_LISTS, images: [] };
  }
  const { keyring, serviceAccount } = view(request.namespace, target.serviceAccountName);
  const decision =
    filtered.target === null
      ? decideSkip(filtered.reason)
      : decideTarget(target, { keyring, serviceAccount });
  const listed = target.listed ?? [];
  const plan =
    decision.plan ??
    leaveAsIs(planInjection(target, keyring, serviceAccount ?? PLAIN_SERVICE_ACCOUNT), listed);
  return {
    ...explained,
    ...outcomeOf(decision),
    imagePullSecrets: {
      listed,
      serviceAccount: plan.fromServiceAccount,
      added: plan.added,
      result: [...listed, ...plan.fromServiceAccount, ...plan.added],
      effective: plan.final,
    },
    images: explainImages(target, plan, keyring),
  };
}

const NO_LISTS: ExplainedObject["imagePullSecrets"] = {
  listed: [],
  serviceAccount: [],
  added: [],
  result: [],
  effective: [],
};

function outcomeOf({
  outcome,
  reason,
  patch,
  warnings,
}: Decision): Pick<ExplainedObject, "decision" | "reason" | "patch" | "warnings"> {
  return { decision: outcome, reason, patch, warnings };
}

/** The plan of a request that is not acted upon. The API server completes an empty list alone. */
function leaveAsIs(plan: Plan, listed: readonly string[]): Plan {
  return {
    ...plan,
    fromServiceAccount: [],
    added: [],
    final: listed.length === 0 ? plan.effective : listed,
  };
}

function explainImages(target: InjectionTarget, plan: Plan, keyring: Keyring): readonly ExplainedImage[] {
  const positions = positionsOf(plan.final);
  const isBroken = plan.final.some((name) => keyring.credentials.get(name)?.status === "malformed");
  return plan.images.map(({ container, pointer, image, repository, error, lookup }) => {
    const entries = isBroken ? [] : triedEntries(lookup, positions);
    const credentials = [...new Set(entries.map(({ credential }) => credential.name))];
    return { container, path: `${target.pointer}/spec${pointer}`, image, repository, error, credentials };
  });
}

function nameOf(object: AdmissionRequest["object"]): string {
  const name = stringOf(memberAt(object, ["metadata", "name"])) ?? "";
  return name || (stringOf(memberAt(object, ["metadata", "generateName"])) ?? "");
}
