/**
 * Shares live reads and bounds them: requests of one namespace join a read that has not begun, so many reads run at a time, so
 * many wait, and each request waits for so long at most.
 */
import { LRUCache } from "lru-cache";
import PQueue from "p-queue";
import type { ViewOf } from "../../core/admission/namespace-view.ts";
import type { LiveReadRequest, LiveView } from "../../server/admission/ports.ts";
import type { Clock } from "../../telemetry/clock.ts";
import type { LiveRead } from "./live-read.ts";

/** Bounds of the queue. */
export interface LiveReadLimits {
  /** Reads that run at a time. */
  readonly maxRunning: number;
  /** Namespaces whose read has not begun. */
  readonly maxQueued: number;
  /** Requests that wait, all namespaces together. */
  readonly maxWaiting: number;
  /** Longest wait of a request. */
  readonly timeoutMs: number;
  /** A read back to back with the last one of its namespace waits for this long, so that more requests can join it. */
  readonly batchWindowMs: number;
}

/** @see LiveReadLimits */
export const DEFAULT_LIVE_READ_LIMITS: LiveReadLimits = {
  maxRunning: 16,
  maxQueued: 1_000,
  maxWaiting: 10_000,
  timeoutMs: 800,
  batchWindowMs: 10,
};

/** Live reads of a namespace less than this apart count as back to back; only those wait for the batch window. */
const BACK_TO_BACK_MS = 1_000;

/** Reads of namespaces that are not known begin so often a second at most: new ones, before the watch has them. */
const MAX_UNKNOWN_PER_SECOND = 50;

/** What the queue works with. */
export interface LiveReadQueueDependencies {
  readonly clock: Clock;
  readonly limits: LiveReadLimits;
  /** Reads from now on and gives the names of the ServiceAccounts that do not exist; undefined when it failed. Never rejects. */
  readonly read: (read: LiveRead) => Promise<ReadonlySet<string> | undefined>;
  readonly view: ViewOf;
  /** Whether there is such a namespace as far as is known. Whoever reaches the port can name any that is not. */
  readonly isKnown: (namespace: string) => boolean;
}

/** A read that has not begun: requests may join. */
interface PlannedRead {
  /** Those that still wait for it. */
  readonly requests: Set<LiveReadRequest>;
  /** @see LiveReadQueueDependencies.read */
  readonly missing: Promise<ReadonlySet<string> | undefined>;
}

/** The live reads of all namespaces. */
export class LiveReadQueue {
  readonly #parts: LiveReadQueueDependencies;
  readonly #pool: PQueue;
  readonly #unknownPool = new PQueue({ concurrency: 4, interval: 1_000, intervalCap: MAX_UNKNOWN_PER_SECOND });
  readonly #planned = new Map<string, PlannedRead>();
  /** The running read of a namespace. */
  readonly #running = new Map<string, Promise<unknown>>();
  /** Namespaces whose last read ended less than {@link BACK_TO_BACK_MS} ago. */
  readonly #recent: LRUCache<string, true>;
  #waiting = 0;

  constructor(parts: LiveReadQueueDependencies) {
    const { clock, limits } = parts;
    this.#parts = parts;
    this.#pool = new PQueue({ concurrency: limits.maxRunning });
    this.#recent = new LRUCache({
      max: limits.maxQueued,
      ttl: BACK_TO_BACK_MS,
      ttlResolution: 0,
      perf: { now: () => clock.elapsed() },
    });
  }

  /** Waits for a read that begins after this call, for the time-out at most. Never rejects. */
  async read(request: LiveReadRequest): Promise<LiveView> {
    const { limits, view } = this.#parts;
    const { namespace, serviceAccountName } = request;
    const isFull = !this.#planned.has(namespace) && this.#planned.size >= limits.maxQueued;
    if (isFull || this.#waiting >= limits.maxWaiting) {
      return { view: view(namespace, serviceAccountName), result: "busy" };
    }
    const { missing, result } = await this.#wait(request, this.#planned.get(namespace) ?? this.#plan(namespace));
    const found = view(namespace, serviceAccountName);
    const isMissing = missing?.has(serviceAccountName) === true;
    return { view: isMissing ? { ...found, serviceAccount: null } : found, result };
  }

  async #wait(
    request: LiveReadRequest,
    { requests, missing }: PlannedRead,
  ): Promise<Pick<LiveView, "result"> & { readonly missing?: ReadonlySet<string> }> {
    const { clock, limits } = this.#parts;
    const timer = new AbortController();
    const limitMs = Math.min(request.limitMs ?? limits.timeoutMs, limits.timeoutMs);
    this.#waiting += 1;
    requests.add(request);
    const result = await Promise.race([missing, clock.delay(limitMs, timer.signal).then(() => "timeout" as const)]);
    timer.abort();
    requests.delete(request);
    this.#waiting -= 1;
    if (result === "timeout") return { result };
    return result === undefined ? { result: "failed" } : { result: "fresh", missing: result };
  }

  #plan(namespace: string): PlannedRead {
    const requests = new Set<LiveReadRequest>();
    const planned = { requests, missing: this.#readInTurn(namespace, requests) };
    this.#planned.set(namespace, planned);
    return planned;
  }

  /** Reads once the running read of the namespace has ended, the batch window is over, and the pool has a place. */
  async #readInTurn(
    namespace: string,
    requests: ReadonlySet<LiveReadRequest>,
  ): Promise<ReadonlySet<string> | undefined> {
    const { clock, limits, read, isKnown } = this.#parts;
    await this.#running.get(namespace);
    if (this.#recent.has(namespace)) await clock.delay(limits.batchWindowMs);
    const pool = isKnown(namespace) ? this.#pool : this.#unknownPool;
    return pool.add(async () => {
      this.#planned.delete(namespace);
      // Every request has waited for its time-out.
      if (requests.size === 0) return undefined;
      const running = read(unite(namespace, [...requests]));
      this.#running.set(namespace, running);
      const missing = await running;
      this.#running.delete(namespace);
      this.#recent.set(namespace, true);
      return missing;
    });
  }
}

/** What the requests of one namespace need together. */
function unite(namespace: string, requests: readonly LiveReadRequest[]): LiveRead {
  return {
    namespace,
    serviceAccountNames: new Set(requests.map(({ serviceAccountName }) => serviceAccountName)),
    scope: requests.some(({ scope }) => scope === "namespace") ? "namespace" : "serviceaccount",
  };
}
