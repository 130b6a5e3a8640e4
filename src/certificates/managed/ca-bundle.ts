/** The port to the caBundle of our own webhook configuration. */

/** One reading of the webhook configuration. */
export interface CaBundleContent {
  /** PEM text of each webhook entry of ours, "" where there is none; empty when no entry is ours. */
  readonly bundles: readonly string[];
  /** For {@link CaBundle.replace}. */
  readonly resourceVersion: string;
  /** The clock of the API server, as with the Secret, which may be missing when the time is needed. */
  readonly serverTimeMs: number | undefined;
}

/** The caBundle, in all entries of the configuration that are ours. Errors have messages that may be shown. */
export interface CaBundle {
  /** As people know it: `MutatingWebhookConfiguration pullring`. */
  readonly name: string;
  /** undefined when there is no such configuration. Never an older state than one acknowledged before the call. */
  read(): Promise<CaBundleContent | undefined>;
  /** Writes `pem` into each entry of ours and nothing else; `conflict` when the object changed since, or is gone. */
  replace(pem: string, resourceVersion: string): Promise<"written" | "conflict">;
  /** Calls `onChange` soon after each change by anybody, until `signal` is aborted. Never rejects. */
  watch(onChange: () => void, signal: AbortSignal): Promise<void>;
  /** What a person has to mend so that changes are told; undefined when there is nothing. */
  watchProblem(): string | undefined;
}
