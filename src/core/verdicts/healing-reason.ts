/** Why a Pod that waits for an image is left alone, as codes with parameters. core/sentences has the words. */
import type { NearMiss } from "./near-miss.ts";
import type { NotServed } from "./not-served.ts";
import type { SkipReason } from "./skip-reason.ts";

/** Every code. */
export const HEALING_REASON_CODES = [
  "no-credential",
  "has-credential",
  "skipped",
  "opted-out",
  "not-served",
  "observed",
  "bare-pod",
  "unknown-owner",
  "owner-gone",
  "job-limit",
  "stripped",
] as const;

/** Names and images are as written; `secrets` are the names that the Pod lacks. */
export type HealingReason =
  /** Nothing that would be added serves the image. `nearMiss` is the credential that comes closest. */
  | { readonly code: "no-credential"; readonly image: string; readonly nearMiss: NearMiss | null }
  /** The Pod lists a credential for the image already: another Pod would have no other. */
  | { readonly code: "has-credential"; readonly image: string; readonly secret: string }
  /** A Pod like this is skipped when it is created. */
  | { readonly code: "skipped"; readonly reason: SkipReason }
  /** The label `pullring.dev/heal: "false"` is on the Pod, its owner or its namespace. */
  | { readonly code: "opted-out"; readonly by: "Pod" | "owner" | "namespace" }
  /** A new Pod would not be sent to pullring. */
  | { readonly code: "not-served"; readonly notServed: NotServed }
  /** The webhook configuration has pullring change nothing. */
  | { readonly code: "observed" }
  | { readonly code: "bare-pod"; readonly secrets: readonly string[] }
  | {
      readonly code: "unknown-owner";
      readonly kind: string;
      readonly owner: string;
      readonly secrets: readonly string[];
    }
  /** The owner is not there any more, or about to go. */
  | { readonly code: "owner-gone"; readonly kind: string; readonly owner: string }
  /** One more failed Pod could be one too many for the Job. */
  | { readonly code: "job-limit"; readonly job: string; readonly secrets: readonly string[] }
  /** A Pod of the owner was evicted, and its successor came without the names. */
  | { readonly code: "stripped"; readonly secrets: readonly string[] };
