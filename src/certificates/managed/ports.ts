/**
 * The two objects of the cluster that managed certificates need: the Secret that all replicas share, and the caBundle of the
 * webhook configuration. Both are read whole and replaced under the version that was read. Errors have messages that may be shown.
 */

/** What both objects have in common. */
interface Snapshot<Content> {
  /**
   * The clock of the API server, in milliseconds since 1970; undefined when the answer had no date. It is the clock that
   * judges certificates, so it goes before our own.
   */
  readonly serverTimeMs: number | undefined;
  /** Writes over this version of the object and keeps all else in it; `conflict` when it was changed or deleted since. */
  replace(content: Content): Promise<"written" | "conflict">;
}

/** The Secret as it was read. To replace it is to set these keys; others stay. */
export interface SecretSnapshot extends Snapshot<Readonly<Record<string, string>>> {
  /** Decoded values by key; empty when the Secret has none. */
  readonly data: Readonly<Record<string, string>>;
}

/** A Secret that can be read and replaced, but not created. */
export interface SharedSecret {
  /** As people know it: `Secret pullring/pullring-tls`. */
  readonly name: string;
  /** undefined when there is no such Secret. Never an older state than one that was acknowledged before the call. */
  read(): Promise<SecretSnapshot | undefined>;
}

/** The webhook configuration as it was read. To replace it is to write a PEM text into each webhook entry of ours. */
export interface CaBundleSnapshot extends Snapshot<string> {
  /** PEM text of each webhook entry of ours, "" where there is none; empty when no entry is ours. */
  readonly bundles: readonly string[];
  /** Differs from that of another snapshot when anything in the configuration was changed in between. */
  readonly resourceVersion: string;
}

/** The caBundle, in all entries of the configuration that are ours. */
export interface CaBundle {
  /** undefined when there is no such configuration. Never an older state than one acknowledged before the call. */
  read(): Promise<CaBundleSnapshot | undefined>;
  /** Calls `onChange` soon after each change by anybody, until `signal` is aborted. Never rejects. */
  watch(onChange: () => void, signal: AbortSignal): Promise<void>;
  /** What a person has to fix so that changes are noticed; undefined when there is nothing. */
  problem(): string | undefined;
}
