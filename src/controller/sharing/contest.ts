/**
 * Notices copies that something else keeps changing, as a policy that rewrites Secrets: each is put right at once some times, and
 * then ever more slowly, or two programs would write against one another for ever.
 */
import { LRUCache } from "lru-cache";
import type { Clock } from "../../telemetry/clock.ts";

/** How often one and the same thing was written. */
interface Writes {
  /** Of the source; a new one is no contest. */
  readonly version: number | undefined;
  readonly count: number;
  readonly lastMs: number;
}

/** Writes of one thing that are nobody's fault: somebody tries what happens. */
const FREE_WRITES = 5;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 300_000;
/** Without a write for so long it is over. */
const OVER_MS = 2 * MAX_PAUSE_MS;
/** Copies that are remembered, those that were written last. */
const MAX_REMEMBERED = 10_000;

/** Copies are named by a text of the caller's choice. */
export class Contest {
  readonly #clock: Pick<Clock, "elapsed">;
  readonly #writes = new LRUCache<string, Writes>({ max: MAX_REMEMBERED });

  constructor(clock: Pick<Clock, "elapsed">) {
    this.#clock = clock;
  }

  /** A copy was written. @param version of its source */
  note(copy: string, version: number | undefined): void {
    const count = this.#countOf(copy, version) + 1;
    this.#writes.set(copy, { version, count, lastMs: this.#clock.elapsed() });
  }

  /** Until when a copy is not written again; 0 for one that nothing else changes. */
  heldUntilMs(copy: string, version: number | undefined): number {
    const excess = this.#countOf(copy, version) - FREE_WRITES;
    if (excess <= 0) return 0;
    return (this.#writes.get(copy)?.lastMs ?? 0) + Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (excess - 1));
  }

  #countOf(copy: string, version: number | undefined): number {
    const writes = this.#writes.get(copy);
    if (writes === undefined || writes.version !== version) return 0;
    return this.#clock.elapsed() - writes.lastMs >= OVER_MS ? 0 : writes.count;
  }
}
