/** Why a shared credential is not where it should be. */
import type { SelectorError } from "../labels/label-selector.ts";

/** In a namespace, in several, or everywhere: the annotation that says for whom it is cannot be read. */
export type SharingProblem =
  | { readonly code: "unreadable-selector"; readonly error: SelectorError }
  /** They should have one, and there is no Secret of that name. */
  | { readonly code: "copies-missing"; readonly namespaces: readonly string[] }
  | { readonly code: BlockCode; readonly namespace: string };

/** What stands against a copy in one namespace. */
export type BlockCode = "name-taken" | "quota-full" | "refused" | "missing-right" | "server-failed" | "contested";

/** All of them. */
export const BLOCK_CODES: readonly BlockCode[] = [
  "name-taken",
  "quota-full",
  "refused",
  "missing-right",
  "server-failed",
  "contested",
];
