/** How long a reflector waits for what. */
import { type BackoffLimits, DEFAULT_BACKOFF } from "../api/backoff.ts";

/** @see DEFAULT_REFLECTOR_LIMITS */
export interface ReflectorLimits {
  readonly backoff: BackoffLimits;
  /**
   * A watch on which nothing has come for longer is replaced. Servers send a bookmark every 60 to 75 s, but none on a watch
   * that began at the newest version and has had no event since.
   * @see kubernetes staging/src/k8s.io/apiserver/pkg/storage/cacher (bookmarkFrequency, with jitter)
   */
  readonly idleTimeoutMs: number;
  /** A watch is to be ended by the server after this, up to twice as long. client-go: 5 to 10 minutes. */
  readonly watchSeconds: number;
  /** A watch without an event that ends before this counts as failed, so that it is not opened again in a tight loop. */
  readonly shortestWatchMs: number;
}

/** @see ReflectorLimits */
export const DEFAULT_REFLECTOR_LIMITS: ReflectorLimits = {
  backoff: DEFAULT_BACKOFF,
  idleTimeoutMs: 90_000,
  watchSeconds: 300,
  shortestWatchMs: 1_000,
};
