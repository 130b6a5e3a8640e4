/**
 * Shares live looks and bounds them: requests of one namespace join a look that has not begun, so many looks run at a time, so
 * many wait, and each request waits for so long at most. What a look does, and what is answered from, is given to it.
 */
import type { NamespaceView } from "../../core/admission/namespace-view.ts";
import type { LiveReadRequest, LiveReadResult, LiveView } from "../../server/admission/ports.ts";
import type { Clock } from "../../telemetry/clock.ts";
import { type SharedRead, shareRead } from "./live-read-request.ts";

/** Bounds of the queue. */
export interface LiveReadLimits {
  /** Looks that run at a time. */
  readonly maxRunning: number;
  /** Namespaces whose look waits for its turn. */
  readonly maxQueued: number;
  /** Requests that wait for a look, all namespaces together. */
  readonly maxWaiting: number;
  /** Longest wait of a request. */
  readonly budgetMs: number;
  /** Where looks follow one upon the other, the next one waits for this long so that more requests can join it. */
  readonly batchWindowMs: number;
}

/** @see LiveReadLimits */
export const DEFAULT_LIVE_READ_LIMITS: LiveReadLimits = {
  maxRunning: 16,
  maxQueued: 1_000,
  maxWaiting: 10_000,
  budgetMs: 800,
  batchWindowMs: 10,
};

/** What the queue is used with. */
export interface LiveReadQueueDependencies {
  readonly clock: Clock;
  readonly limits: LiveReadLimits;
  /** Looks at a namespace from now on and gives the names of the ServiceAccounts that are not there. */
  readonly look: (namespace: string, shared: SharedRead) => Promise<ReadonlySet<string>>;
  readonly view: (namespace: string, serviceAccountName: string) => NamespaceView;
  readonly onSuccess: () => void;
  /** Told why a look failed. */
  readonly onFailure: (namespace: string, error: unknown) => void;
}

/** A request that waits. */
interface Waiter {
  readonly request: LiveReadRequest;
  readonly settle: (result: LiveReadResult, isMissing: boolean) => void;
}

/** A look that has not begun: whoever comes now may join. */
interface PlannedRead {
  readonly waiters: Set<Waiter>;
}

/** A look counts as the next one of a row when the last one of its namespace ended no longer ago than this. */
const BACK_TO_BACK_MS = 1_000;

/** The looks of all namespaces. */
export class LiveReadQueue {
  readonly #parts: LiveReadQueueDependencies;
  readonly #planned = new Map<string, PlannedRead>();
  readonly #running = new Set<string>();
  /** Namespaces whose planned look may begin, in order. */
  readonly #ready: string[] = [];
  /** When the last look of a namespace ended, oldest first. */
  readonly #endedAt = new Map<string, number>();
  #waiting = 0;

  constructor(parts: LiveReadQueueDependencies) {
    this.#parts = parts;
  }

  /** Looks that run, looks that are planned, and requests that wait for them. */
  get load(): { readonly running: number; readonly planned: number; readonly waiting: number } {
    return { running: this.#running.size, planned: this.#planned.size, waiting: this.#waiting };
  }

  /** Waits for a look that begins after this call, or for less. Never rejects. */
  look(request: LiveReadRequest): Promise<LiveView> {
    const { limits, view } = this.#parts;
    const { namespace, serviceAccountName } = request;
    const planned = this.#planned.get(namespace);
    const isFull = planned === undefined && this.#planned.size >= limits.maxQueued;
    if (isFull || this.#waiting >= limits.maxWaiting) {
      return Promise.resolve({ view: view(namespace, serviceAccountName), result: "busy" });
    }
    const result = this.#wait(request, planned ?? this.#plan(namespace));
    this.#startNext();
    return result;
  }

  #wait(request: LiveReadRequest, { waiters }: PlannedRead): Promise<LiveView> {
    const { clock, limits, view } = this.#parts;
    const { namespace, serviceAccountName, limitMs = limits.budgetMs } = request;
    const settled = new AbortController();
    this.#waiting += 1;
    return new Promise((resolve) => {
      const waiter: Waiter = {
        request,
        settle: (result, isMissing) => {
          if (waiters.delete(waiter)) {
            this.#waiting -= 1;
            settled.abort();
            const found = view(namespace, serviceAccountName);
            resolve({ view: isMissing ? { ...found, serviceAccount: undefined } : found, result });
          }
        },
      };
      waiters.add(waiter);
      clock
        .delay(Math.min(limitMs, limits.budgetMs), settled.signal)
        .then(() => waiter.settle("timeout", false));
    });
  }

  #plan(namespace: string): PlannedRead {
    const planned: PlannedRead = { waiters: new Set() };
    this.#planned.set(namespace, planned);
    if (!this.#running.has(namespace)) {
      this.#makeReady(namespace);
    }
    return planned;
  }

  /** A first look begins at once, one of a row when it has gathered requests. */
  #makeReady(namespace: string): void {
    const { clock, limits } = this.#parts;
    const endedAt = this.#endedAt.get(namespace);
    if (endedAt === undefined || clock.elapsed() - endedAt > BACK_TO_BACK_MS || limits.batchWindowMs === 0) {
      this.#ready.push(namespace);
      return;
    }
    clock.delay(limits.batchWindowMs, new AbortController().signal).then(() => {
      this.#ready.push(namespace);
      this.#startNext();
    });
  }

  #startNext(): void {
    while (this.#running.size < this.#parts.limits.maxRunning) {
      const namespace = this.#ready.shift();
      if (namespace === undefined) {
        return;
      }
      const planned = this.#planned.get(namespace);
      this.#planned.delete(namespace);
      // Nobody waits any more for a look that never got its turn.
      if (planned !== undefined && planned.waiters.size > 0) {
        this.#run(namespace, [...planned.waiters]);
      }
    }
  }

  async #run(namespace: string, waiters: readonly Waiter[]): Promise<void> {
    this.#running.add(namespace);
    let missing: ReadonlySet<string> | undefined;
    try {
      missing = await this.#parts.look(namespace, shareRead(waiters.map(({ request }) => request)));
      this.#parts.onSuccess();
    } catch (error) {
      this.#parts.onFailure(namespace, error);
    }
    this.#running.delete(namespace);
    this.#noteEnd(namespace);
    if (this.#planned.has(namespace)) {
      this.#makeReady(namespace);
    }
    this.#startNext();
    for (const { settle, request } of waiters) {
      settle(missing === undefined ? "failed" : "fresh", missing?.has(request.serviceAccountName) === true);
    }
  }

  #noteEnd(namespace: string): void {
    const now = this.#parts.clock.elapsed();
    this.#endedAt.delete(namespace);
    this.#endedAt.set(namespace, now);
    for (const [other, endedAt] of this.#endedAt) {
      if (now - endedAt <= BACK_TO_BACK_MS) {
        return;
      }
      this.#endedAt.delete(other);
    }
  }
}
