/** The port through which the webhook asks for credentials. Sources are the manifests on disk and the cluster. */
import type { NamespaceView } from "../../core/admission/decision.ts";
import type { LookScope } from "../../core/admission/needs-live-read.ts";

/** Where a look that went beyond the view at hand ended. */
export type FreshLookOutcome = "fresh" | "timeout" | "busy" | "failed";

/** What a live look found; the view at hand when it found nothing better in time. */
export interface FreshLook {
  readonly view: NamespaceView;
  readonly outcome: FreshLookOutcome;
}

/** What a live look is asked for. */
export interface FreshLookRequest {
  readonly namespace: string;
  readonly serviceAccountName: string;
  readonly scope: LookScope;
  /** Longest wait that the caller can afford; undefined: the budget of the source. */
  readonly limitMs: number | undefined;
}

/** Gives what is known of a namespace. */
export interface CredentialSource {
  /** The view at hand; never waits, never throws. */
  view(namespace: string, serviceAccountName: string): NamespaceView;
  /**
   * A view that reflects every write acknowledged before this call, in the credentials only if the scope is the namespace; never
   * rejects and keeps to the source's own time budget as well as to the caller's. Absent where the view at hand is all there is.
   */
  freshView?(request: FreshLookRequest): Promise<FreshLook>;
}
