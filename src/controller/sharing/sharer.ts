/**
 * Keeps the copies of shared credentials as they should be. It works from what is, not from what has happened: each change has the
 * names and namespaces planned again that it touches, and what is to be written waits in a backlog for its turn.
 */
import { setImmediate as breathe } from "node:timers/promises";
import PQueue from "p-queue";
import { ApiServerError, describeError } from "../../cluster/api/api-server-error.ts";
import { Backoff, DEFAULT_BACKOFF } from "../../cluster/api/backoff.ts";
import { ErrorLog } from "../../cluster/list-watch/error-log.ts";
import type { ObservedSource } from "../../cluster/objects/shared-source-resource.ts";
import type { CopyStep } from "../../core/sharing/copy-plan.ts";
import type { BlockCode } from "../../core/verdicts/sharing-problem.ts";
import type { Clock } from "../../telemetry/clock.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { ChangeSet, Changes } from "../change-set.ts";
import { type Backlog, type CopyKey, idOf } from "./backlog.ts";
import { Contest } from "./contest.ts";
import type { CopyWriter } from "./copy-writer.ts";
import { BLOCKED_MS, Pauses } from "./pauses.ts";
import type { SharingReporter } from "./sharing-reporter.ts";
import type { SharingState } from "./sharing-state.ts";

/** What a sharer works with. */
export interface SharerDependencies {
  readonly changes: ChangeSet;
  readonly state: SharingState;
  readonly backlog: Backlog;
  readonly writer: Pick<CopyWriter, "write">;
  readonly reporter: Pick<SharingReporter, "report">;
  /** Whether everything was listed once: before that, what is not there yet looks as if it were missing. */
  readonly isReady: () => boolean;
  /** Most writes in a second. */
  readonly writesPerSecond: number;
  /** Called with each write that was done. */
  readonly onWritten: (step: CopyStep) => void;
  /** Called when the last copy of a source is written: how long ago it was noticed that the source has changed. */
  readonly onShared: (seconds: number) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Writes at a time. */
const WRITERS = 8;
/** Of these, at most, writes that the server failed to do before: each may keep its writer waiting for as long as an answer may take. */
const LATE_WRITERS = 4;
/** Everything is planned again so often. */
const RESYNC_MS = 600_000;
const READY_POLL_MS = 200;
/** Progress is logged so often. */
const PROGRESS_MS = 10_000;
/** Plans after which other work gets its turn; some milliseconds. */
const PLANS_AT_A_TIME = 5_000;

/** @see SharerDependencies */
export class Sharer {
  readonly #parts: SharerDependencies;
  readonly #errors: ErrorLog;
  readonly #backoff: Backoff;
  readonly #queue: PQueue;
  readonly #contest: Contest;
  readonly #pauses: Pauses;
  /** By {@link idOf}. */
  readonly #running = new Set<string>();
  /** How many of them are late. */
  #late = 0;
  /** Namespaces that should have a copy, by name. */
  readonly #wanted = new Map<string, Set<string>>();
  /** By name: since when a change of the source has been on its way to all its copies. */
  readonly #changedAt = new Map<string, number>();
  #missingRight: string | undefined;
  /** How long nothing is sent, as the server does not answer or asks for a pause. */
  #retryMs = 0;
  #syncedAt = Number.NEGATIVE_INFINITY;
  #plannedAt = 0;
  #loggedAt = 0;
  #written = 0;
  #plans = 0;

  constructor(parts: SharerDependencies) {
    this.#parts = parts;
    this.#errors = new ErrorLog(parts.logger, { failed: "Failed to write a copy", recovered: "Wrote copies again" });
    this.#backoff = new Backoff(DEFAULT_BACKOFF, parts.clock.random);
    this.#contest = new Contest(parts.clock);
    this.#pauses = new Pauses(parts.clock);
    const interval = 1_000 / parts.writesPerSecond;
    this.#queue = new PQueue({ concurrency: WRITERS, intervalCap: 1, interval, strict: true });
  }

  /** The right that is missing, or why nothing is shared. */
  get problem(): string | undefined {
    if (this.#parts.state.webhooks === undefined) return NOT_CONFIGURED;
    return this.countBlocked().has("missing-right") ? this.#missingRight : undefined;
  }

  /** How many copies there should be. */
  countWanted(): number {
    let count = 0;
    for (const namespaces of this.#wanted.values()) count += namespaces.size;
    return count;
  }

  /** How many copies cannot be made, by what stands against them. */
  countBlocked(): ReadonlyMap<BlockCode, number> {
    return this.#pauses.countBlocked();
  }

  /** The watch has shown a copy: whatever it was paused for is over. */
  release(key: CopyKey): void {
    this.#pauses.end(key);
  }

  /** Runs until `signal` aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { changes, isReady, clock, backlog } = this.#parts;
    while (!signal.aborted && !isReady()) await clock.delay(READY_POLL_MS, signal);
    while (!signal.aborted) {
      await this.#plan(changes.take());
      this.#logProgress();
      const next = backlog.take(this.#late < LATE_WRITERS);
      if (next === undefined) {
        await changes.wait(this.#idleMs(), signal);
        continue;
      }
      void this.#queue.add(() => this.#write(next));
      await this.#queue.onSizeLessThan(1);
      if (this.#retryMs > 0) await clock.delay(this.#retryMs, signal);
      this.#retryMs = 0;
    }
    await this.#queue.onIdle();
  }

  async #plan({ all, namespaces, names }: Changes): Promise<void> {
    const { state, clock } = this.#parts;
    const now = clock.elapsed();
    this.#plannedAt = now;
    if (all || now - this.#syncedAt >= RESYNC_MS) {
      this.#syncedAt = now;
      this.#wanted.clear();
      await this.#planSources([...state.sourceNames()]);
      // Copies of sources that are not there any more.
      for (const namespace of state.namespaceNames())
        await this.#planNamespace(namespace, state.orphanNames(namespace));
    } else {
      await this.#planSources([...(names.get(state.sharedNamespace) ?? [])]);
      for (const namespace of namespaces) {
        await this.#planNamespace(namespace, [...state.sourceNames(), ...state.copyNames(namespace)]);
      }
      for (const [namespace, changed] of names) await this.#planNamespace(namespace, changed);
    }
    for (const key of this.#pauses.due(now)) this.#planOne(key);
  }

  async #planSources(names: readonly string[]): Promise<void> {
    const { state, backlog, clock } = this.#parts;
    if (names.length === 0) return;
    for (const name of names) this.#noteSelector(name);
    const now = clock.elapsed();
    for (const namespace of state.namespaceNames()) await this.#planNamespace(namespace, names);
    for (const name of names) {
      if (backlog.countOf(name) > 0 && !this.#changedAt.has(name)) this.#changedAt.set(name, now);
    }
  }

  /** Tells of a selector that cannot be read. */
  #noteSelector(name: string): void {
    const source = this.#parts.state.source(name);
    const error = source?.reach?.error;
    if (error) this.#parts.reporter.report(name, source, { code: "unreadable-selector", error });
  }

  async #planNamespace(namespace: string, names: Iterable<string>): Promise<void> {
    for (const name of names) {
      this.#planOne({ namespace, name });
      await this.#breathe();
    }
  }

  async #breathe(): Promise<void> {
    this.#plans += 1;
    if (this.#plans % PLANS_AT_A_TIME === 0) await breathe();
  }

  /** Puts what is to be done into the backlog, and takes out what is not to be done any more. */
  #planOne(key: CopyKey): void {
    const { state, backlog, clock } = this.#parts;
    const id = idOf(key);
    const { isWanted, step, source } = state.plan(key);
    this.#noteWanted(key, isWanted);
    if (step === null) {
      this.#pauses.end(key);
      this.#close(key);
      return;
    }
    if (this.#running.has(id)) return;
    this.#holdBack(key, source);
    if (this.#pauses.untilMs(key) <= clock.elapsed()) backlog.add(key, this.#isLate(key));
  }

  #isLate(key: CopyKey): boolean {
    return this.#pauses.codeOf(key) === "server-failed";
  }

  /** Pauses what would be written against something else. */
  #holdBack(key: CopyKey, source: ObservedSource | undefined): void {
    const id = idOf(key);
    const untilMs = this.#contest.heldUntilMs(id, source?.version);
    if (untilMs <= Math.max(this.#parts.clock.elapsed(), this.#pauses.untilMs(key))) return;
    this.#pauses.blockUntil(key, "contested", untilMs);
    if (source !== undefined) this.#parts.reporter.report(key.name, source, { ...CONTESTED, namespace: key.namespace });
  }

  #noteWanted({ namespace, name }: CopyKey, isWanted: boolean): void {
    const namespaces = this.#wanted.get(name);
    if (isWanted) this.#wanted.set(name, (namespaces ?? new Set()).add(namespace));
    else if (namespaces?.delete(namespace) === true && namespaces.size === 0) this.#wanted.delete(name);
  }

  /** Planned once more, as it may have waited for long; what is behind it in the queue is not kept waiting by an error. */
  async #write(key: CopyKey): Promise<void> {
    const { state, backlog, changes, writer, onWritten } = this.#parts;
    const { step, ...planned } = state.plan(key);
    const id = idOf(key);
    if (step === null) {
      this.#close(key);
      return;
    }
    this.#running.add(id);
    const isLate = this.#isLate(key);
    if (isLate) this.#late += 1;
    try {
      const outcome = await writer.write(key, { step, isLate, ...planned });
      this.#errors.noteSuccess();
      this.#backoff.succeed();
      if (outcome === "written") {
        this.#written += 1;
        this.#contest.note(id, planned.source?.version);
        onWritten(step);
      }
      if (outcome === "name-taken") {
        this.#block(key, outcome);
      } else if (state.plan(key).step === null) {
        this.#pauses.end(key);
      } else {
        this.#pauses.settle(key);
      }
      this.#close(key);
    } catch (error) {
      const code = blockCodeOf(error);
      if (code === undefined) {
        this.#errors.noteFailure(error, { namespace: key.namespace });
        const asked = error instanceof ApiServerError ? error.retryAfterMs : undefined;
        if (this.#retryMs === 0) this.#retryMs = Math.max(asked ?? 0, this.#backoff.fail());
        backlog.close(key);
        backlog.add(key);
      } else {
        if (code === "missing-right") this.#missingRight = describeError(error);
        this.#block(key, code);
        this.#close(key);
      }
    } finally {
      this.#running.delete(id);
      if (isLate) this.#late -= 1;
      // Wakes the loop, which may have gone to sleep before this pause was known.
      changes.note(key.namespace, key.name);
    }
  }

  /** Leaves a copy alone for a while that somebody else has to make possible, longer each time, and tells of it. */
  #block(key: CopyKey, code: BlockCode): void {
    const { state, reporter } = this.#parts;
    const forMs = this.#pauses.block(key, code);
    const source = state.source(key.name);
    // A failure that passes by itself is not told.
    if (source === undefined || (code === "server-failed" && forMs === BLOCKED_MS)) return;
    reporter.report(key.name, source, { code, namespace: key.namespace });
  }

  /** It is done; with the last one the change of a source has reached all its copies. */
  #close(key: CopyKey): void {
    const { backlog, clock, onShared } = this.#parts;
    backlog.close(key);
    const changedAt = this.#changedAt.get(key.name);
    if (changedAt === undefined || backlog.countOf(key.name) > 0) return;
    this.#changedAt.delete(key.name);
    onShared((clock.elapsed() - changedAt) / 1_000);
  }

  #logProgress(): void {
    const { backlog, clock, logger } = this.#parts;
    const now = clock.elapsed();
    if (this.#written === 0 || (backlog.size > 0 && now - this.#loggedAt < PROGRESS_MS)) return;
    logger.info(
      { written: this.#written, open: backlog.size },
      backlog.size > 0 ? "Writing copies" : "Wrote all copies",
    );
    this.#loggedAt = now;
    this.#written = 0;
  }

  /** How long there is nothing to do unless something changes; what was due at the last planning is in the backlog. */
  #idleMs(): number {
    const dueMs = Math.min(this.#syncedAt + RESYNC_MS, this.#pauses.nextMs(this.#plannedAt));
    return Math.max(0, dueMs - this.#parts.clock.elapsed());
  }
}

const CONTESTED = { code: "contested" } as const;
const NOT_CONFIGURED = "no webhook configuration of pullring says what is served, so nothing is shared or taken away";

/** What stands against a write that only somebody else can change; undefined for what passes. */
function blockCodeOf(error: unknown): BlockCode | undefined {
  if (!(error instanceof ApiServerError)) return undefined;
  if (error.missingRule !== undefined) return "missing-right";
  if (error.obstacle === "quota") return "quota-full";
  // The server is there, and writes others: 503 and 429 alone are about itself.
  if (error.isTimeout || error.status === 500 || error.status === 504) return "server-failed";
  // A write that breaks a rule of the server or of an admission webhook is refused with 400 or 422 as well.
  const isRefused = error.obstacle === "policy" || error.status === 400 || error.status === 422;
  return isRefused ? "refused" : undefined;
}
