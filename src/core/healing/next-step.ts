/**
 * What comes next for the Pods of one owner: one of them first, and the others once a successor has the names. Where a successor
 * comes without them, somebody takes them away, and no eviction would help.
 */
import { arrayAt, type JsonObject, memberOf, stringOf } from "../json-value.ts";
import { isBeingDeleted } from "../object-metadata.ts";
import { controllerOf } from "./owner.ts";

/** What a step rests on. */
export interface StepEvidence {
  /** The uid of the owner. */
  readonly owner: string;
  /** The Pods that the owner has now, in whatever phase; others are passed over. */
  readonly siblings: readonly JsonObject[];
  /** The names that the Pod lacks. */
  readonly secrets: readonly string[];
  /** When the first Pod of the owner was evicted for these names, as the API server writes it; undefined: none was. */
  readonly startedAt: string | undefined;
  /** Uids of Pods that are known to have been there before that: the times of objects are to the second only. */
  readonly olderUids: ReadonlySet<string>;
  /** Whether that is so long ago that a successor would be there. Without one there was no eviction: whoever began it has ended. */
  readonly isStale: boolean;
}

/** Evict one as the first, evict another one, wait for the successor, or leave the owner alone. */
export type Step = "first" | "next" | "wait" | "stripped";

/** Gives the next step. */
export function nextStep({ owner, siblings, secrets, startedAt, olderUids, isStale }: StepEvidence): Step {
  const own = siblings.filter((pod) => controllerOf(pod)?.uid === owner && !isBeingDeleted(pod));
  if (own.some((pod) => hasNames(pod, secrets))) return "next";
  if (startedAt === undefined) return "first";
  // Both are in UTC and to the second, so that they are ordered as texts.
  const isNewer = ({ metadata }: JsonObject): boolean =>
    (stringOf(memberOf(metadata, "creationTimestamp")) ?? "") >= startedAt &&
    !olderUids.has(stringOf(memberOf(metadata, "uid")) ?? "");
  if (own.some(isNewer)) return "stripped";
  return isStale ? "first" : "wait";
}

function hasNames(pod: JsonObject, secrets: readonly string[]): boolean {
  const names = new Set(arrayAt(pod, ["spec", "imagePullSecrets"]).map((reference) => memberOf(reference, "name")));
  return secrets.every((name) => names.has(name));
}
