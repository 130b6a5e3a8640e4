/**
 * Assesses a Pod that waits for an image: would planning it now add a name that it lacks and that serves this image? Then a new
 * Pod would get it, as the list of this one cannot change.
 */
import { type Decision, decide } from "../admission/decision.ts";
import type { AdmissionRequest } from "../admission/filter-request.ts";
import type { NamespaceView } from "../admission/namespace-view.ts";
import { isServed, type PlannedImage, positionsOf, triedEntries } from "../admission/trial.ts";
import { type JsonObject, memberAt, stringOf } from "../json-value.ts";
import { isBeingDeleted } from "../object-metadata.ts";
import type { HealingReason } from "../verdicts/healing-reason.ts";
import { isCandidateFor } from "../verdicts/judged-credential.ts";
import { findNearMiss } from "../verdicts/near-miss.ts";
import type { SkipReason } from "../verdicts/skip-reason.ts";
import { listWaitingImages } from "./waiting-images.ts";

/** A Pod of a namespace. */
export interface PodInNamespace {
  readonly namespace: string;
  /** As it is stored. */
  readonly pod: JsonObject;
}

/** The names that a Pod lacks, or why a new one would be no better. */
export type Assessment =
  | { readonly missing: readonly string[]; readonly reason?: never }
  | { readonly missing?: never; readonly reason: Unhelped };

/** Why a new Pod would be no better. */
export type Unhelped = Extract<HealingReason, { readonly code: "no-credential" | "has-credential" | "skipped" }>;

/** Assesses a Pod; null when it waits for no image, or is being deleted. */
export function assessPod({ namespace, pod }: PodInNamespace, view: NamespaceView): Assessment | null {
  const waiting = new Set(listWaitingImages(pod));
  if (waiting.size === 0 || isBeingDeleted(pod)) return null;
  const { target, plan, reason } = decide(creationOf({ namespace, pod }), () => view);
  // Only what is injected has no reason, and that has a target and a plan.
  if (target === null || plan === null || reason === "too-large") {
    return { reason: { code: "skipped", reason: reason as SkipReason } };
  }
  const listed = positionsOf(target.listed ?? []);
  const final = positionsOf(plan.final);
  const images = plan.images.filter(({ pointer }) => waiting.has(pointer));
  if (images.length === 0) return null;
  const helped = images.filter(({ lookup }) => !isServed(lookup, listed) && isServed(lookup, final));
  if (helped.length === 0) return { reason: reasonOf({ images, listed, view, plan }) };
  const serving = helped.flatMap(({ lookup }) => triedEntries(lookup, final).filter(({ isVoid }) => !isVoid));
  const names = serving.map(({ credential }) => credential.name).filter((name) => !listed.has(name));
  return { missing: [...new Set(names)].sort() };
}

/** The request with which the Pod would be created. */
export function creationOf({ namespace, pod }: PodInNamespace): AdmissionRequest {
  const names = { uid: "", namespace, name: "", subResource: "", dryRun: false };
  return { ...names, kind: { group: "", kind: "Pod" }, operation: "CREATE", object: pod, oldObject: undefined };
}

/** The name of the ServiceAccount of a stored Pod. */
export function serviceAccountOf(pod: JsonObject): string {
  return stringOf(memberAt(pod, ["spec", "serviceAccountName"])) ?? "default";
}

/** What a reason is found by. */
interface ReasonEvidence {
  /** Those that the Pod waits for; one at least. */
  readonly images: readonly PlannedImage[];
  readonly listed: ReadonlyMap<string, number>;
  readonly view: NamespaceView;
  readonly plan: NonNullable<Decision["plan"]>;
}

function reasonOf({ images, listed, view: { keyring }, plan }: ReasonEvidence): Unhelped {
  if (plan.reason === "mountable-secrets") return { code: "skipped", reason: plan.reason };
  const unserved = images.find(({ lookup }) => !isServed(lookup, listed));
  if (unserved !== undefined) {
    const { image } = unserved;
    const nearMiss = findNearMiss(keyring, unserved, isCandidateFor(new Set(plan.final), keyring)) ?? null;
    return { code: "no-credential", image, nearMiss };
  }
  const [used] = images.flatMap(({ image, lookup }) => {
    const serving = triedEntries(lookup, listed).filter(({ isVoid }) => !isVoid);
    return serving.map(({ credential: { name: secret } }) => ({ image, secret }));
  });
  return { code: "has-credential", ...(used as { readonly image: string; readonly secret: string }) };
}
