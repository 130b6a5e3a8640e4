/**
 * Follows the Pods that wait for an image, decides about those that another Pod would help by what is read then, and reports.
 * It works from what is, not from what has happened: whatever it missed, it finds at the next turn.
 */
import { ErrorLog } from "../../cluster/list-watch/error-log.ts";
import { decideHealing, type HealingDecision, type HealingEvidence } from "../../core/healing/decision.ts";
import type { Clock } from "../../telemetry/clock.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { ChangeSet } from "../change-set.ts";
import type { Evictor } from "./evictor.ts";
import type { EvidenceReader } from "./evidence-reader.ts";
import type { VerdictReporter } from "./verdict-reporter.ts";
import type { SeenPod, WaitingPods } from "./waiting-pods.ts";

/** What a healer works with. */
export interface HealerDependencies {
  readonly changes: ChangeSet;
  readonly pods: WaitingPods;
  readonly evidence: Pick<EvidenceReader, "read">;
  readonly reporter: VerdictReporter;
  /** undefined: nothing is evicted. */
  readonly evictor: Evictor | undefined;
  /** Called with each evicted Pod. */
  readonly onEvicted: (pod: SeenPod) => void;
  /** Whether everything was listed once: before that, what is not there yet looks as if it were missing. */
  readonly isReady: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Everything is assessed again so often, for what no watch tells: labels of namespaces and owners, Jobs. */
const RESYNC_MS = 600_000;
/** Pause until what could not be read is read again, and between two looks at whether everything was listed. */
const RETRY_MS = 5_000;
const READY_POLL_MS = 200;

/** @see HealerDependencies */
export class Healer {
  readonly #parts: HealerDependencies;
  readonly #errors: ErrorLog;
  /** Owners about whose Pods something could not be read: when it is read again, by the clock's `elapsed`, and a missing right. */
  readonly #failures = new Map<string, { readonly dueAt: number; readonly missingRight: string | undefined }>();
  #syncedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: HealerDependencies) {
    this.#parts = parts;
    this.#errors = new ErrorLog(parts.logger, {
      failed: "Failed to read about a Pod",
      recovered: "Read about Pods again",
    });
  }

  /** The right that is missing, or why nothing is evicted. */
  get problem(): string | undefined {
    const missing = [...this.#failures.values()].map(({ missingRight }) => missingRight);
    return missing.find((right) => right !== undefined) ?? this.#parts.evictor?.problem;
  }

  /** Runs until `signal` aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { changes, isReady, clock } = this.#parts;
    while (!signal.aborted && !isReady()) await clock.delay(READY_POLL_MS, signal);
    while (!signal.aborted) await changes.wait(await this.#turn(), signal);
  }

  /** Assesses what has changed, decides about one Pod, and gives how long there is nothing to do unless something changes. */
  async #turn(): Promise<number> {
    const { changes, pods, evictor, clock } = this.#parts;
    const now = clock.elapsed();
    if (now - this.#syncedAt >= RESYNC_MS) {
      this.#syncedAt = now;
      changes.note();
    }
    pods.assess(changes.take());
    const owners = new Set(pods.owners());
    for (const owner of this.#failures.keys()) if (!owners.has(owner)) this.#failures.delete(owner);
    const waits = [...owners].map((owner) => ({ owner, ms: (this.#failures.get(owner)?.dueAt ?? now) - now }));
    const due = waits.find(({ ms }) => ms <= 0);
    if (due === undefined) return Math.min(...waits.map(({ ms }) => ms), RESYNC_MS);
    const slotMs = evictor?.waitMs() ?? 0;
    if (slotMs > 0) return slotMs;
    const pod = pods.firstOf(due.owner);
    if (pod !== undefined) await this.#decide(pod);
    return 0;
  }

  async #decide(pod: SeenPod): Promise<void> {
    const { pods, evidence: reader, reporter, clock } = this.#parts;
    try {
      const evidence = await reader.read(pod);
      const decision = await this.#act(pod, decideHealing(evidence), evidence);
      if (decision === undefined) return;
      this.#failures.delete(pod.owner);
      if (this.#failures.size === 0) this.#errors.noteSuccess();
      if (pods.settle(pod, decision) && decision !== null) reporter.report(pod, decision, evidence);
    } catch (error) {
      this.#errors.noteFailure(error, { namespace: pod.namespace });
      const missingRight = this.#errors.isRightMissing ? this.#errors.reason : undefined;
      this.#failures.set(pod.owner, { dueAt: clock.elapsed() + RETRY_MS, missingRight });
    }
  }

  /** Evicts a Pod that can be made again; undefined when that has to wait. */
  async #act(
    pod: SeenPod,
    decision: HealingDecision | null,
    evidence: HealingEvidence,
  ): Promise<HealingDecision | null | undefined> {
    const { evictor, clock, onEvicted } = this.#parts;
    if (decision?.action !== "heal" || evictor === undefined) return decision;
    const { secrets } = decision;
    const outcome = await evictor.evict(pod, secrets, evidence);
    if (outcome === "stripped") return { action: "leave-alone", reason: { code: "stripped", secrets } };
    if (outcome !== "evicted") {
      this.#failures.set(pod.owner, { dueAt: clock.elapsed() + outcome.waitMs, missingRight: undefined });
      return undefined;
    }
    onEvicted(pod);
    return decision;
  }
}
