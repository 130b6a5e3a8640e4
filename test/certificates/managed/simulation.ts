/**
 * A cluster with replicas, an API server that learns of the caBundle late, outsiders that damage things, and clocks. It holds
 * what was promised: no replica takes over a leaf that the API server may not trust yet, and none drops the authority of a leaf
 * that another one still serves.
 */
import assert from "node:assert/strict";
import { MemoryCluster } from "./memory-cluster.ts";
import { SimulatedReplica } from "./simulated-replica.ts";
import { issuerIn, POLICY, pass, START_MS, type TestClock } from "./test-replica.ts";

/** One thing that happens. */
export type Happening =
  | { readonly kind: "step" | "finish" | "restart"; readonly replica: number }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "jump"; readonly replica: number; readonly ms: number }
  | { readonly kind: "delete" | "recreate" | "edit" | "emptyBundle" | "garbleBundle" | "removeBundle" }
  | { readonly kind: "garble"; readonly key: string }
  | { readonly kind: "restore"; readonly backup: number };

interface BundleVersion {
  readonly untilMs: number;
  readonly pem: string;
}

export class Simulation {
  readonly cluster: MemoryCluster = new MemoryCluster();
  readonly #server: TestClock = { nowMs: START_MS, elapsedMs: 0 };
  readonly #clocks: TestClock[];
  readonly replicas: SimulatedReplica[];
  /** What stood in the caBundle by our own hands and was replaced; an API server may still go by it. */
  #past: BundleVersion[] = [];
  /** Until an API server may go by what outsiders left in the caBundle. */
  #tamperedUntilMs = Number.NEGATIVE_INFINITY;
  #isTampered = false;
  #isDropped = false;
  takeovers = 0;
  drops = 0;

  constructor(replicas: number) {
    this.cluster.serverTimeMs = () => this.#server.nowMs;
    this.#clocks = Array.from({ length: replicas }, () => ({ nowMs: START_MS, elapsedMs: 0 }));
    this.replicas = this.#clocks.map((clock) => new SimulatedReplica(this.cluster, clock));
    this.cluster.onBundleWritten = (before) => this.#checkDrop(before.join(""));
  }

  get nowMs(): number {
    return this.#server.nowMs;
  }

  async happen(happening: Happening): Promise<void> {
    const { cluster } = this;
    switch (happening.kind) {
      case "step":
      case "finish":
        return this.#act(happening.replica, happening.kind);
      case "restart":
        return this.#restart(happening.replica);
      case "pass":
        for (const clock of [this.#server, ...this.#clocks]) {
          pass(clock, happening.ms);
        }
        return;
      case "jump":
        at(this.#clocks, happening.replica).nowMs += happening.ms;
        return;
      case "delete":
        return cluster.setSecret(undefined);
      case "recreate":
        return cluster.setSecret({});
      case "garble":
        return cluster.setSecret({ ...cluster.secret?.data, [happening.key]: "garbage" });
      case "restore":
        return cluster.setSecret(at(cluster.backups, happening.backup));
      case "edit":
        return cluster.bundle && cluster.setBundle(...cluster.bundle.pems);
      case "emptyBundle":
        return this.#tamper(() => cluster.setBundle(""));
      case "garbleBundle":
        return this.#tamper(() => cluster.setBundle("garbage"));
      case "removeBundle":
        return this.#tamper(() => {
          cluster.bundle = undefined;
        });
    }
  }

  /** Puts back what only manifests can, and lets everybody look often and long enough. */
  async settle(): Promise<void> {
    if (this.cluster.secret === undefined) {
      this.cluster.setSecret({});
    }
    if (this.cluster.bundle === undefined) {
      this.cluster.setBundle("");
    }
    for (let round = 0; round < 6; round += 1) {
      await this.happen({ kind: "pass", ms: POLICY.overlapMs });
      for (const [replica] of this.replicas.entries()) {
        await this.happen({ kind: "finish", replica });
      }
    }
  }

  async #act(index: number, how: "step" | "finish"): Promise<void> {
    const replica = at(this.replicas, index);
    const before = replica.certificates.current()?.cert;
    const isFit = replica.validLeaf(this.nowMs) !== undefined && this.#trusts(before ?? "");
    await replica[how]();
    assert.equal(this.#isDropped, false, "the authority of a served leaf was dropped");
    const after = replica.certificates.current()?.cert;
    if (isFit && after !== undefined && after !== before) {
      this.takeovers += 1;
      this.#checkTakeover(before ?? "", after);
    }
  }

  #restart(index: number): void {
    this.replicas[index % this.replicas.length] = new SimulatedReplica(this.cluster, at(this.#clocks, index));
  }

  #tamper(change: () => void): void {
    change();
    this.#isTampered = true;
    this.#past = [];
  }

  #trusts(leaf: string): boolean {
    return issuerIn(this.cluster.bundle?.pems.join("") ?? "", leaf) !== undefined;
  }

  /** Every caBundle that an API server can go by now has to vouch for the leaf, if it did for the one before. */
  #checkTakeover(before: string, leaf: string): void {
    if (this.#isTampered || this.nowMs < this.#tamperedUntilMs) {
      return;
    }
    assert.ok(this.#trusts(leaf), "a leaf was taken over that the caBundle does not trust");
    const recent = this.#past.filter(({ untilMs }) => this.nowMs - untilMs < POLICY.overlapMs);
    for (const { pem } of recent.filter(({ pem }) => issuerIn(pem, before) !== undefined)) {
      assert.notEqual(issuerIn(pem, leaf), undefined, "a leaf was taken over too early");
    }
  }

  /** What the caBundle trusted before it has to trust now, if anybody serves a leaf of it. */
  #checkDrop(before: string): void {
    if (this.#isTampered) {
      this.#isTampered = false;
      this.#tamperedUntilMs = this.nowMs + POLICY.overlapMs;
    } else {
      this.#past.push({ untilMs: this.nowMs, pem: before });
    }
    for (const replica of this.replicas) {
      const leaf = replica.validLeaf(this.nowMs);
      if (leaf !== undefined && issuerIn(before, leaf) !== undefined) {
        this.drops += 1;
        // Thrown here it would look to the replica like an error of the API server.
        this.#isDropped ||= !this.#trusts(leaf);
      }
    }
  }
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index % list.length];
  assert.ok(found !== undefined);
  return found;
}
