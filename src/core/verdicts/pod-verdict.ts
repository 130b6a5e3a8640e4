/** What is the matter with the images of a Pod that is there, as codes with parameters. core/sentences has the words. */
import type { Finding } from "./finding.ts";
import type { HealingReason } from "./healing-reason.ts";
import type { OtherRegistries } from "./other-registries.ts";
import type { OutOfUse } from "./out-of-use.ts";
import type { Whereabouts } from "./whereabouts.ts";

/** Names and images are as written. */
export type PodVerdict =
  /** What keeps a Pod that waits for an image from being helped by another one; `opted-out` is not among them. */
  | Exclude<HealingReason, { readonly code: "opted-out" | "stripped" | "no-credential" }>
  /** Nothing serves the image; what comes closest, and what the credentials of the namespace are for. */
  | (Extract<HealingReason, { readonly code: "no-credential" }> & { readonly otherRegistries: OtherRegistries })
  /** A new Pod would have the names, and its owner makes one. */
  | { readonly code: "replaceable"; readonly kind: string; readonly owner: string; readonly secrets: readonly string[] }
  /** A new Pod would have the names, if pullring were installed. */
  | { readonly code: "not-installed"; readonly secrets: readonly string[] }
  /** The credentials of the namespace could not be read, and none that is known would help. */
  | { readonly code: "not-known"; readonly image: string }
  /** The list names a Secret that the kubelet cannot parse, so that it pulls no image of the Pod. */
  | { readonly code: "malformed-listed"; readonly secret: string; readonly finding: Finding }
  /** The Pod lists a credential for the image, and something is not right with that. */
  | { readonly code: "bad-credential"; readonly image: string; readonly secret: string; readonly finding: Finding }
  /** Nothing serves the image, and a Secret that was meant for it is not right. */
  | { readonly code: "unserved-image"; readonly image: string; readonly secret: string; readonly finding: Finding }
  /** A Secret that is listed, or that would serve, is not where the kubelet looks. */
  | { readonly code: "secret-elsewhere"; readonly place: Whereabouts }
  | { readonly code: "out-of-use"; readonly outOfUse: OutOfUse }
  /** The name of the image cannot be parsed. */
  | { readonly code: "invalid-image"; readonly container: string }
  /** The policy says never to pull the image, and the node does not have it. */
  | { readonly code: "never-pulled"; readonly container: string }
  /** An ephemeral container waits, and the list of its Pod lacks the Secret that serves its image. */
  | { readonly code: "ephemeral-waits"; readonly container: string; readonly image: string; readonly secret: string }
  /** A container waits for something else than its image. */
  | { readonly code: "waits-otherwise"; readonly container: string; readonly reason: string }
  /** No kubelet has taken the Pod yet. */
  | { readonly code: "not-scheduled" }
  | { readonly code: "being-deleted" }
  /** The Pods of a workload could not be read. */
  | { readonly code: "pods-not-known" }
  /** Nothing waits for an image. */
  | { readonly code: "well" };
