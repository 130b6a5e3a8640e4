/** Which objects have changed since they were last taken, by namespace and name; what changes often is there once. */
import type { Clock } from "../telemetry/clock.ts";

/** Changes that were taken. */
export interface Changes {
  /** Whether any object may have changed. */
  readonly all: boolean;
  /** Namespaces in which any object may have changed. */
  readonly namespaces: ReadonlySet<string>;
  /** Names by namespace. */
  readonly names: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Collects changes until somebody takes them. */
export class ChangeSet {
  readonly #clock: Clock;
  #all = false;
  #namespaces = new Set<string>();
  #names = new Map<string, Set<string>>();
  #wake = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes a change of one object, of any in a namespace, or of any. */
  readonly note = (namespace?: string, name?: string): void => {
    if (namespace === undefined) this.#all = true;
    else if (name === undefined) this.#namespaces.add(namespace);
    else this.#names.set(namespace, (this.#names.get(namespace) ?? new Set()).add(name));
    this.#wake.abort();
  };

  /** Gives what has been noted, and begins anew. */
  take(): Changes {
    const changes = { all: this.#all, namespaces: this.#namespaces, names: this.#names };
    this.#all = false;
    this.#namespaces = new Set();
    this.#names = new Map();
    this.#wake = new AbortController();
    return changes;
  }

  /** Waits for a change, for `delayMs` at most, or until `signal` aborts. */
  wait(delayMs: number, signal: AbortSignal): Promise<void> {
    return this.#clock.delay(delayMs, AbortSignal.any([signal, this.#wake.signal]));
  }
}
