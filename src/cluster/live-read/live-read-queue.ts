/**
 * Shares live looks and bounds them: requests of one namespace join a look that has not begun, so many looks run at a time, so
 * many wait, and each request waits for so long at most. What a look does, and what is answered from, is given to it.
 */
import type { NamespaceView } from "../../core/admission/decision.ts";
import type { Timing } from "../timing.ts";
import { type LookRequest, type SharedLook, shareLook } from "./live-read-request.ts";

/** Where a look that went beyond the view at hand ended. */
export type LookOutcome = "fresh" | "timeout" | "busy" | "failed";

/** The view to answer with. */
export interface LookResult {
  readonly view: NamespaceView;
  readonly outcome: LookOutcome;
}

/** Bounds of the queue. */
export interface LookLimits {
  /** Looks that run at a time. */
  readonly maxRunning: number;
  /** Namespaces whose look waits for its turn. */
  readonly maxQueued: number;
  /** Requests that wait for a look, all namespaces together. */
  readonly maxWaiting: number;
  /** Longest wait of a request. */
  readonly budgetMs: number;
  /** Where looks follow one upon the other, the next one waits for this long so that more requests can join it. */
  readonly gatherMs: number;
}

/** @see LookLimits */
export const DEFAULT_LOOK_LIMITS: LookLimits = {
  maxRunning: 16,
  maxQueued: 1_000,
  maxWaiting: 10_000,
  budgetMs: 800,
  gatherMs: 10,
};

/** What the queue is used with. */
export interface LookQueueParts {
  readonly timing: Timing;
  readonly limits: LookLimits;
  /** Looks at a namespace from now on and gives the names of the ServiceAccounts that are not there. */
  readonly look: (namespace: string, shared: SharedLook) => Promise<ReadonlySet<string>>;
  readonly view: (namespace: string, serviceAccountName: string) => NamespaceView;
  readonly onSuccess: () => void;
  /** Told why a look failed. */
  readonly onFailure: (namespace: string, error: unknown) => void;
}

/** A request that waits. */
interface Waiter {
  readonly request: LookRequest;
  readonly settle: (outcome: LookOutcome, isMissing: boolean) => void;
}

/** A look that has not begun: whoever comes now may join. */
interface PlannedLook {
  readonly waiters: Set<Waiter>;
}

/** A look counts as the next one of a row when the last one of its namespace ended no longer ago than this. */
const ROW_MS = 1_000;

/** The looks of all namespaces. */
export class LookQueue {
  readonly #parts: LookQueueParts;
  readonly #planned = new Map<string, PlannedLook>();
  readonly #running = new Set<string>();
  /** Namespaces whose planned look may begin, in order. */
  readonly #ready: string[] = [];
  /** When the last look of a namespace ended, oldest first. */
  readonly #endedAt = new Map<string, number>();
  #waiting = 0;

  constructor(parts: LookQueueParts) {
    this.#parts = parts;
  }

  /** Looks that run, looks that are planned, and requests that wait for them. */
  get load(): { readonly running: number; readonly planned: number; readonly waiting: number } {
    return { running: this.#running.size, planned: this.#planned.size, waiting: this.#waiting };
  }

  /** Waits for a look that begins after this call, or for less. Never rejects. */
  look(request: LookRequest): Promise<LookResult> {
    const { limits, view } = this.#parts;
    const { namespace, serviceAccountName } = request;
    const planned = this.#planned.get(namespace);
    const isFull = planned === undefined && this.#planned.size >= limits.maxQueued;
    if (isFull || this.#waiting >= limits.maxWaiting) {
      return Promise.resolve({ view: view(namespace, serviceAccountName), outcome: "busy" });
    }
    const result = this.#wait(request, planned ?? this.#plan(namespace));
    this.#startNext();
    return result;
  }

  #wait(request: LookRequest, { waiters }: PlannedLook): Promise<LookResult> {
    const { timing, limits, view } = this.#parts;
    const { namespace, serviceAccountName, limitMs = limits.budgetMs } = request;
    const settled = new AbortController();
    this.#waiting += 1;
    return new Promise((resolve) => {
      const waiter: Waiter = {
        request,
        settle: (outcome, isMissing) => {
          if (waiters.delete(waiter)) {
            this.#waiting -= 1;
            settled.abort();
            const found = view(namespace, serviceAccountName);
            resolve({ view: isMissing ? { ...found, serviceAccount: undefined } : found, outcome });
          }
        },
      };
      waiters.add(waiter);
      timing
        .delay(Math.min(limitMs, limits.budgetMs), settled.signal)
        .then(() => waiter.settle("timeout", false));
    });
  }

  #plan(namespace: string): PlannedLook {
    const planned: PlannedLook = { waiters: new Set() };
    this.#planned.set(namespace, planned);
    if (!this.#running.has(namespace)) {
      this.#makeReady(namespace);
    }
    return planned;
  }

  /** A first look begins at once, one of a row when it has gathered requests. */
  #makeReady(namespace: string): void {
    const { timing, limits } = this.#parts;
    const endedAt = this.#endedAt.get(namespace);
    if (endedAt === undefined || timing.now() - endedAt > ROW_MS || limits.gatherMs === 0) {
      this.#ready.push(namespace);
      return;
    }
    timing.delay(limits.gatherMs, new AbortController().signal).then(() => {
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
      missing = await this.#parts.look(namespace, shareLook(waiters.map(({ request }) => request)));
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
    const now = this.#parts.timing.now();
    this.#endedAt.delete(namespace);
    this.#endedAt.set(namespace, now);
    for (const [other, endedAt] of this.#endedAt) {
      if (now - endedAt <= ROW_MS) {
        return;
      }
      this.#endedAt.delete(other);
    }
  }
}
