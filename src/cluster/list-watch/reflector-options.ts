/** The figures and parts that all reflectors share. */
import type { Clock } from "../../telemetry/clock.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { ApiClient } from "../api/api-client.ts";
import { type BackoffLimits, DEFAULT_BACKOFF } from "../api/backoff.ts";

/** How long reflectors wait for what. */
export interface ReflectorLimits {
  readonly backoff: BackoffLimits;
  /**
   * A watch that is silent for longer is replaced. Servers send a bookmark every 60 to 75 s.
   * @see kubernetes staging/src/k8s.io/apiserver/pkg/storage/cacher (bookmarkFrequency, with jitter)
   */
  readonly idleTimeoutMs: number;
  /** A watch is to be ended by the server after this, up to twice as long. client-go: 5 to 10 minutes. */
  readonly watchSeconds: number;
  /** A watch without an event that ends before this counts as failed, lest it be opened again in a tight loop. */
  readonly shortestWatchMs: number;
}

/** @see ReflectorLimits */
export const DEFAULT_REFLECTOR_LIMITS: ReflectorLimits = {
  backoff: DEFAULT_BACKOFF,
  idleTimeoutMs: 90_000,
  watchSeconds: 300,
  shortestWatchMs: 1_000,
};

/** What a reflector works with. */
export interface ReflectorParts {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly limits: ReflectorLimits;
  readonly logger: Logger;
  /** Told of each watch that replaces another one. */
  readonly onWatchRestart: (resource: "secrets" | "serviceaccounts") => void;
}
