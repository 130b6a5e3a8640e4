/** What `pullring explain` shows, and the port of the formats that show it. */
import type { ExplainedImage, ExplainedObject } from "../../core/admission/explanation.ts";
import type { ContainerState } from "../../core/diagnosis/container-states.ts";
import type { Credential } from "../../core/kubelet/credential.ts";
import type { Verdict } from "../../core/sentences/credential.ts";
import type { Arrival } from "../../core/sentences/pod.ts";
import type { Finding } from "../../core/verdicts/finding.ts";
import type { PodVerdict } from "../../core/verdicts/pod-verdict.ts";
import type { RegistryOutcome, TrialVerdict } from "../../core/verdicts/registry-outcome.ts";
import type { Whereabouts } from "../../core/verdicts/whereabouts.ts";
import type { IgnoredObject } from "./input.ts";

/** A finding in the public format: its code and parameters, and what they say to a person. */
export type ExplainedFinding = Finding & Verdict;

/** A Secret of the credential input, in the public format. */
export interface ExplainedCredential extends Omit<Credential, "voidRegistries"> {
  readonly namespace: string;
  /** Why it is not usable, in words; null when it is. */
  readonly reason: string | null;
  /** The namespace that it is a copy from; null for the namespace's own. */
  readonly sharedFrom: string | null;
  /** What is not right, the most important first. */
  readonly findings: readonly ExplainedFinding[];
}

/** An object, explained, with where its Secrets are. */
export interface Explained extends ExplainedObject {
  /** Of the Secrets that are not where the kubelet looks. */
  readonly whereabouts: readonly Whereabouts[];
  /** Those of its Secrets that are shared from another namespace. */
  readonly shared: readonly SharedSecret[];
  /** How an object of the cluster is now, where the arguments name one; null for what is of another input. */
  readonly live: LiveReport | null;
  /** What the registries say, once for each image; null unless they are asked. */
  readonly trials: readonly ImageTrial[] | null;
}

/** A Secret of an object that is shared from another namespace. */
export interface SharedSecret {
  readonly secret: string;
  readonly from: string;
  /** Whether the copy is there; before that a Pod waits for it. */
  readonly isThere: boolean;
}

/** What the registry of an image says to a new Pod. */
export interface ImageTrial {
  readonly image: string;
  readonly verdict: TrialVerdict & Verdict;
  /** In the kubelet's order of trial. */
  readonly attempts: readonly RegistryAttempt[];
}

/** What a registry says to one login: that of the entry `registry` of a Secret, or none, where both are null. */
export type RegistryAttempt = RegistryOutcome &
  Verdict & { readonly secret: string | null; readonly registry: string | null };

/** An object of the cluster as it is now; the rest of its explanation is about a new Pod. */
export interface LiveReport {
  /** The Pod itself; of a workload, those of its Pods that wait for an image. */
  readonly pods: readonly LivePodReport[];
  readonly verdict: PodVerdict & Verdict;
  /** When the Secret came that the Pod lacks, or has; null where there is none, or that is not known. */
  readonly arrival: Arrival | null;
}

/** A Pod as it is now. */
export interface LivePodReport {
  readonly name: string;
  /** As in `Pending`; "" while there is none. */
  readonly phase: string;
  readonly containers: readonly ContainerState[];
  /** What its list gives each image today. */
  readonly images: readonly Pick<ExplainedImage, "container" | "path" | "image" | "credentials">[];
}

/** One object of the input; `object` is the object itself, undefined for the review of a deletion. */
export type ReportItem =
  | { readonly type: "explained"; readonly explained: Explained; readonly object: unknown }
  | { readonly type: "ignored"; readonly ignored: IgnoredObject; readonly object: unknown };

/** What a report shows besides the items. */
export interface ReportSummary {
  /** Every Secret of the credential input, by namespace and name in the order of bytes. */
  readonly credentials: readonly ExplainedCredential[];
  /** Complete once all items are read. */
  readonly ignored: readonly IgnoredObject[];
}

/** Gives the text of a report piece by piece, so that a long one is never in memory as a whole where the format allows it. */
export type Report = (items: AsyncIterable<ReportItem>, summary: ReportSummary) => AsyncIterable<string>;
