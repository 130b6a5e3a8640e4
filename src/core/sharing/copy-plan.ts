/**
 * What has to be written so that a namespace holds what is shared with it: one step from what is there, for one name in one
 * namespace. Steps follow one another until nothing is left to do; whoever plans again after any of them comes to the same end.
 */
import type { Labels } from "../labels/label-selector.ts";
import { type Reach, reaches } from "./share-with.ts";

/** A Secret of the shared namespace, without its payload. */
export interface SharedSource {
  readonly type: string;
  /** Stands for the payload: equal where that is. */
  readonly digest: string;
  /** undefined: it is not shared, or not any more. */
  readonly reach: Reach | undefined;
}

/** A Secret that carries the marks of a copy of that namespace. */
export interface SharedCopy {
  readonly type: string;
  /** As that of the source; null where the copy holds something else beside the payload, or none. */
  readonly digest: string | null;
  readonly isImmutable: boolean;
  readonly isBeingDeleted: boolean;
}

/** A namespace that copies may be in. */
export interface ReceivingNamespace {
  readonly labels: Labels;
  readonly isBeingDeleted: boolean;
  /** Whether pullring is asked about its Pods. */
  readonly isServed: boolean;
}

/** What is known of one name in one namespace. */
export interface CopyState {
  readonly source: SharedSource | undefined;
  /** undefined: not known (yet). */
  readonly namespace: ReceivingNamespace | undefined;
  readonly copy: SharedCopy | undefined;
}

/** What to do next: `remove` is also the first half of what cannot be changed in place, a type or an immutable Secret. */
export type CopyStep = "create" | "replace" | "remove";

/** Whether a copy should be there, and what to do next; null when all is as it should be. */
export interface CopyPlan {
  readonly isWanted: boolean;
  readonly step: CopyStep | null;
}

/** Plans one name in one namespace. */
export function planCopy({ source, namespace, copy }: CopyState): CopyPlan {
  // The end of a namespace takes its Secrets along.
  if (namespace === undefined || namespace.isBeingDeleted) return { isWanted: false, step: null };
  const isWanted = namespace.isServed && isFor(source, namespace.labels, copy);
  const step = copy?.isBeingDeleted === true ? null : stepOf(isWanted ? source : undefined, copy);
  // What is removed so that it can be made anew would not be made: nothing says any more that the namespace should have it.
  const isKept = isWanted && step === "remove" && source?.reach?.selector === null;
  return { isWanted, step: isKept ? null : step };
}

/** A selector that cannot be read takes nothing away and gives nothing to anybody else. */
function isFor(source: SharedSource | undefined, labels: Labels, copy: SharedCopy | undefined): boolean {
  if (source?.reach === undefined) return false;
  return source.reach.error === null ? reaches(source.reach, labels) : copy !== undefined;
}

function stepOf(wanted: SharedSource | undefined, copy: SharedCopy | undefined): CopyStep | null {
  if (copy === undefined) return wanted === undefined ? null : "create";
  if (wanted === undefined || copy.type !== wanted.type) return "remove";
  if (copy.digest === wanted.digest) return null;
  return copy.isImmutable ? "remove" : "replace";
}
