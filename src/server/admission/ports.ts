/** What the webhook asks of others: credentials to decide with, and somebody who counts its responses. */
import type { NamespaceView } from "../../core/admission/namespace-view.ts";
import type { LiveReadScope } from "../../core/admission/needs-live-read.ts";
import type { GroupKind } from "../../core/admission/pod-template.ts";
import type { SkipReason } from "../../core/verdicts/skip-reason.ts";

/**
 * How a live read ended. Only `fresh` gives a view that was read after the request arrived; `not-served` is one of a namespace
 * that is not among the chosen ones, or of a name that is none, and nothing was read.
 */
export type LiveReadResult = "fresh" | "timeout" | "busy" | "failed" | "not-served";

/** The view after a live read; the view at hand when the read gave nothing in time. */
export interface LiveView {
  readonly view: NamespaceView;
  readonly result: LiveReadResult;
}

/** What a live read is asked for. */
export interface LiveReadRequest {
  readonly namespace: string;
  readonly serviceAccountName: string;
  readonly scope: LiveReadScope;
  /** Longest wait that the caller can afford, in milliseconds; undefined: the time-out of the source. */
  readonly limitMs?: number | undefined;
}

/** Gives what is known of a namespace. The manifests on disk and the cluster are such sources. */
export interface CredentialSource {
  /** The view at hand; never waits, never throws. */
  view(namespace: string, serviceAccountName: string): NamespaceView;
  /**
   * A view that reflects every write acknowledged before this call, in the credentials only if the scope is the namespace; never
   * rejects and keeps to the source's own time-out as well as to the caller's. Absent where the view at hand is all there is.
   */
  readLive?(request: LiveReadRequest): Promise<LiveView>;
}

/** A live read that a decision waited for. */
export interface ObservedLiveRead {
  readonly scope: LiveReadScope;
  readonly result: LiveReadResult;
}

/** One review that was answered with 200. */
export interface ObservedResponse {
  /** As the request wrote it, like the kind: untrusted. */
  readonly operation: string;
  readonly kind: GroupKind;
  readonly outcome: "injected" | "error" | SkipReason;
  /** undefined when the view at hand was enough. */
  readonly liveRead: ObservedLiveRead | undefined;
  /** From the whole body to the response, in seconds. */
  readonly durationSeconds: number;
}

/** Called with each response; must be quick and must not throw. */
export type ResponseObserver = (response: ObservedResponse) => void;
