/** The metrics of sharing. Labels take their values from closed sets; none holds a namespace or a Secret. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { CopyStep } from "../core/sharing/copy-plan.ts";
import { BLOCK_CODES, type BlockCode } from "../core/verdicts/sharing-problem.ts";

/** What there is now. */
export interface SharingCounts {
  readonly sources: number;
  /** Copies that there should be. */
  readonly wanted: number;
  /** Copies that there are. */
  readonly there: number;
  /** Copies that cannot be made; a code that is missing counts as zero. */
  readonly blocked: ReadonlyMap<BlockCode, number>;
}

const STEPS: readonly CopyStep[] = ["create", "replace", "remove"];

/** Shows what is there and counts what happens. */
export class SharingMetrics {
  readonly #writes: Counter<"step">;
  readonly #seconds: Histogram;

  constructor(registry: Registry, countNow: () => SharingCounts) {
    const registers = [registry];
    new Gauge({
      name: "pullring_shared_credentials",
      help: "Credentials of the shared namespace that are shared.",
      registers,
      collect() {
        this.set(countNow().sources);
      },
    });
    new Gauge({
      name: "pullring_shared_copies",
      help: "Copies of shared credentials: those that there should be, and those that there are.",
      labelNames: ["state"],
      registers,
      collect() {
        const { wanted, there } = countNow();
        this.set({ state: "wanted" }, wanted);
        this.set({ state: "there" }, there);
      },
    });
    new Gauge({
      name: "pullring_shared_copies_blocked",
      help: "Copies of shared credentials that cannot be written, by what stands against them.",
      labelNames: ["reason"],
      registers,
      collect() {
        const { blocked } = countNow();
        for (const reason of BLOCK_CODES) this.set({ reason }, blocked.get(reason) ?? 0);
      },
    });
    this.#writes = new Counter({
      name: "pullring_shared_copy_writes_total",
      help: "Copies of shared credentials that were created, replaced and removed.",
      labelNames: ["step"],
      registers,
    });
    for (const step of STEPS) this.#writes.inc({ step }, 0);
    this.#seconds = new Histogram({
      name: "pullring_sharing_delay_seconds",
      help: "Changes of shared credentials, by the time until their last copy was written.",
      buckets: [0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800],
      registers,
    });
  }

  /** Counts a write. */
  countWrite(step: CopyStep): void {
    this.#writes.inc({ step });
  }

  /** Counts a change that has reached all copies. */
  countShared(seconds: number): void {
    this.#seconds.observe(seconds);
  }
}
