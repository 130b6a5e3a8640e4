/**
 * The copies that are left alone for a while: those just written, until the watch has shown it, and those that something stands
 * against, longer each time.
 */
import type { BlockCode } from "../../core/verdicts/sharing-problem.ts";
import type { Clock } from "../../telemetry/clock.ts";
import { type CopyKey, idOf } from "./backlog.ts";

/** A copy that is not planned again before its time. */
interface Pause {
  readonly key: CopyKey;
  readonly untilMs: number;
  /** What stands against it, and for how long it is left alone; undefined: it was just written. */
  readonly block: { readonly code: BlockCode; readonly forMs: number } | undefined;
}

/** A write shows in the watch within this; what has changed beneath a write is there sooner. */
const SETTLE_MS = 5_000;
/** Pause until what somebody has to put right is tried again, from the first to the longest. */
export const BLOCKED_MS = 10_000;
const BLOCKED_CAP_MS = 600_000;
/** The longest where it may be over without anybody doing anything. */
const FAILED_CAP_MS = 60_000;

/** @see Pause */
export class Pauses {
  readonly #clock: Pick<Clock, "elapsed">;
  readonly #pauses = new Map<string, Pause>();

  constructor(clock: Pick<Clock, "elapsed">) {
    this.#clock = clock;
  }

  /** Until when it is left alone; 0 when it is not. */
  untilMs(key: CopyKey): number {
    return this.#pauses.get(idOf(key))?.untilMs ?? 0;
  }

  /** What stands against it. */
  codeOf(key: CopyKey): BlockCode | undefined {
    return this.#pauses.get(idOf(key))?.block?.code;
  }

  /** It was just written. */
  settle(key: CopyKey): void {
    this.#pauses.set(idOf(key), { key, untilMs: this.#clock.elapsed() + SETTLE_MS, block: undefined });
  }

  /** Something stands against it, once more. @returns for how long it is left alone, in milliseconds */
  block(key: CopyKey, code: BlockCode): number {
    const before = this.#pauses.get(idOf(key))?.block?.forMs ?? BLOCKED_MS / 2;
    const forMs = Math.min(2 * before, code === "server-failed" ? FAILED_CAP_MS : BLOCKED_CAP_MS);
    this.blockUntil(key, code, this.#clock.elapsed() + forMs);
    return forMs;
  }

  /** Something stands against it that has a time of its own. */
  blockUntil(key: CopyKey, code: BlockCode, untilMs: number): void {
    this.#pauses.set(idOf(key), { key, untilMs, block: { code, forMs: untilMs - this.#clock.elapsed() } });
  }

  /** Whatever it was left alone for is over. */
  end(key: CopyKey): void {
    this.#pauses.delete(idOf(key));
  }

  /** Those whose time has come by `nowMs`; their pauses go on to be known. */
  *due(nowMs: number): Generator<CopyKey> {
    for (const { key, untilMs } of this.#pauses.values()) if (untilMs <= nowMs) yield key;
  }

  /** When the time of the next one comes after `afterMs`; infinity for none. */
  nextMs(afterMs: number): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { untilMs } of this.#pauses.values()) if (untilMs > afterMs) nextMs = Math.min(nextMs, untilMs);
    return nextMs;
  }

  /** How many have something against them, by what it is. */
  countBlocked(): ReadonlyMap<BlockCode, number> {
    const counts = new Map<BlockCode, number>();
    for (const { block } of this.#pauses.values()) {
      if (block !== undefined) counts.set(block.code, (counts.get(block.code) ?? 0) + 1);
    }
    return counts;
  }
}
