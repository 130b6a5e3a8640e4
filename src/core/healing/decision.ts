/**
 * Decides whether a Pod that waits for an image is to be made again by its owner. Synchronous and pure, like the decision of
 * the webhook: everything that it rests on was read before.
 */
import type { NamespaceView } from "../admission/namespace-view.ts";
import { findNotServed, labelsOf, type Webhook } from "../admission/webhook-selection.ts";
import { type JsonObject, memberAt, stringOf } from "../json-value.ts";
import type { Labels } from "../labels/label-selector.ts";
import { isBeingDeleted } from "../object-metadata.ts";
import type { HealingReason } from "../verdicts/healing-reason.ts";
import { assessPod, creationOf, type PodInNamespace } from "./assessment.ts";
import { toleratesFailure } from "./job-rule.ts";
import { controllerOf, isReplacing } from "./owner.ts";

/** What a decision rests on, as it was read a moment ago. */
export interface HealingEvidence extends PodInNamespace {
  readonly view: NamespaceView;
  readonly namespaceLabels: Labels;
  /** Those of pullring. */
  readonly webhooks: readonly Webhook[];
  /** The controller of the Pod; undefined when there is none with its uid, or none of a kind that is known. */
  readonly owner: JsonObject | undefined;
  /** The controller of the owner, as a Deployment is; undefined when there is none. */
  readonly workload: JsonObject | undefined;
}

/** What is to be done about a Pod: made again, for the names that it lacks, or left alone. */
export type HealingDecision =
  | { readonly action: "heal"; readonly secrets: readonly string[] }
  | { readonly action: "leave-alone"; readonly reason: HealingReason };

/** Label whose value `"false"` keeps a Pod from being healed: on the Pod, its owners or its namespace. */
const HEAL_LABEL = "pullring.dev/heal";

/** Decides; null when the Pod waits for no image. */
export function decideHealing(evidence: HealingEvidence): HealingDecision | null {
  const assessment = assessPod(evidence, evidence.view);
  if (assessment === null) return null;
  const { missing } = assessment;
  if (missing === undefined) return { action: "leave-alone", reason: assessment.reason };
  const reason = reasonToLeave(evidence, missing);
  return reason === undefined ? { action: "heal", secrets: missing } : { action: "leave-alone", reason };
}

function reasonToLeave(evidence: HealingEvidence, secrets: readonly string[]): HealingReason | undefined {
  const by = findOptOut(evidence);
  return by === undefined ? findObstacle(evidence, secrets) : { code: "opted-out", by };
}

/** What keeps a Pod from coming again with the names that it lacks. */
export type Obstacle = Extract<
  HealingReason,
  { readonly code: "not-served" | "observed" | "bare-pod" | "unknown-owner" | "owner-gone" | "job-limit" }
>;

/**
 * Says why the Pod would not come again with the names, if it were deleted; undefined when it would.
 * @param secrets the names that it lacks
 */
export function findObstacle(
  evidence: Omit<HealingEvidence, "view" | "workload">,
  secrets: readonly string[],
): Obstacle | undefined {
  const { pod, owner: object } = evidence;
  const unserved = reasonNotServed(evidence);
  if (unserved !== undefined) return unserved;
  const owner = controllerOf(pod);
  if (owner === undefined) return { code: "bare-pod", secrets };
  const { kind, name } = owner;
  const isJob = owner.resource === "jobs";
  if (!isJob && !isReplacing(owner)) return { code: "unknown-owner", kind, owner: name, secrets };
  if (object === undefined || isBeingDeleted(object)) return { code: "owner-gone", kind, owner: name };
  return isJob && !toleratesFailure(object, pod) ? { code: "job-limit", job: name, secrets } : undefined;
}

function findOptOut({
  pod,
  owner,
  workload,
  namespaceLabels,
}: HealingEvidence): "Pod" | "owner" | "namespace" | undefined {
  const isOptedOut = (labels: Labels): boolean => labels[HEAL_LABEL] === "false";
  if (isOptedOut(labelsOf(pod))) return "Pod";
  if (isOptedOut(labelsOf(owner)) || isOptedOut(labelsOf(workload))) return "owner";
  return isOptedOut(namespaceLabels) ? "namespace" : undefined;
}

/** Where pullring only observes, it is called and changes nothing. */
function reasonNotServed({
  namespaceLabels,
  webhooks,
  ...place
}: PodInNamespace & Pick<HealingEvidence, "namespaceLabels" | "webhooks">): Obstacle | undefined {
  const request = creationOf(place);
  const notServed = findNotServed(request, namespaceLabels, webhooks);
  if (notServed !== undefined) return { code: "not-served", notServed };
  const changing = webhooks.filter((webhook) => !isObserving(webhook));
  return findNotServed(request, namespaceLabels, changing) === undefined ? undefined : { code: "observed" };
}

function isObserving({ clientConfig }: Webhook): boolean {
  const path = stringOf(memberAt(clientConfig, ["service", "path"])) ?? stringOf(memberAt(clientConfig, ["url"]));
  return /\/observe$/.test(path ?? "");
}
