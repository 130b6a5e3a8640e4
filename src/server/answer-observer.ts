/** The port to which the webhook tells each answer; metrics listen here. */
import type { GroupKind } from "../core/pod-template.ts";
import type { SkipReason } from "../core/skip-reason.ts";
import type { FreshLookOutcome } from "./credential-source.ts";

/** One review that was answered with 200. */
export interface ObservedAnswer {
  /** As the request wrote it, like the kind: untrusted. */
  readonly operation: string;
  readonly kind: GroupKind;
  readonly outcome: "injected" | "error" | SkipReason;
  /** undefined when the credentials at hand were enough. */
  readonly freshLook: FreshLookOutcome | undefined;
  /** From the whole body to the answer, in seconds. */
  readonly durationSeconds: number;
}

/** Is told each answer; must be quick and must not throw. */
export type AnswerObserver = (answer: ObservedAnswer) => void;
