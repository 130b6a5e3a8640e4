/** The port to which the webhook tells each answer; metrics listen here. */
import type { LookScope } from "../../core/admission/needs-live-read.ts";
import type { GroupKind } from "../../core/admission/pod-template.ts";
import type { SkipReason } from "../../core/admission/skip-reason.ts";
import type { FreshLookOutcome } from "./credential-source.ts";

/** A live look that a decision waited for. */
export interface ObservedLook {
  readonly scope: LookScope;
  readonly outcome: FreshLookOutcome;
}

/** One review that was answered with 200. */
export interface ObservedAnswer {
  /** As the request wrote it, like the kind: untrusted. */
  readonly operation: string;
  readonly kind: GroupKind;
  readonly outcome: "injected" | "error" | SkipReason;
  /** undefined when the view at hand was enough. */
  readonly freshLook: ObservedLook | undefined;
  /** From the whole body to the answer, in seconds. */
  readonly durationSeconds: number;
}

/** Is told each answer; must be quick and must not throw. */
export type AnswerObserver = (answer: ObservedAnswer) => void;
