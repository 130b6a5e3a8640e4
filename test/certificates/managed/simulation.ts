/**
 * A cluster with replicas, an API server that learns of the caBundle late, and outsiders that damage things. It holds
 * what was promised: no replica takes over a leaf that the API server may not trust yet, and none drops the CA of a leaf that
 * another one still serves.
 */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import type { ManagedCertificates } from "../../../src/certificates/managed/managed-source.ts";
import { MemoryCluster } from "./memory-cluster.ts";
import { DAY_MS, fingerprints, issuerIn, makeReplica, POLICY, TestClock } from "./scene.ts";

/** One thing that happens. */
export type Happening =
  | { readonly kind: "step" | "finish" | "restart"; readonly replica: number }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "delete" | "recreate" | "edit" | "emptyBundle" | "garbleBundle" | "removeBundle" }
  | { readonly kind: "garble"; readonly key: string }
  | { readonly kind: "restore"; readonly backup: number };

/** CAs that are followed every thirteen days, in the middle of the life of a leaf. */
const SIMULATED_POLICY = { ...POLICY, caValidityMs: 20 * DAY_MS };

/** A replica whose every access to the cluster happens when the simulation says so; a restart makes a new one. */
class SimulatedReplica {
  readonly certificates: ManagedCertificates;
  #pending: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #parked: () => void = () => undefined;

  constructor(cluster: MemoryCluster, clock: TestClock) {
    const gate = () =>
      new Promise<void>((resolve) => {
        this.#pending = resolve;
        this.#parked();
      });
    this.certificates = makeReplica(cluster, clock, { gate, policy: SIMULATED_POLICY });
  }

  /** Begins to reconcile, or lets the next access happen; returns when the replica waits for another one or has ended. */
  async step(): Promise<void> {
    const parked = new Promise<void>((resolve) => {
      this.#parked = resolve;
    });
    const open = this.#pending;
    this.#pending = undefined;
    open?.();
    this.#running ??= this.certificates.reconcile().then(() => {
      this.#running = undefined;
      this.#parked();
    });
    await parked;
  }

  /** Goes on until the reconciliation has ended; begins one if there is none. */
  async finish(): Promise<void> {
    do {
      await this.step();
    } while (this.#running !== undefined);
  }

  get served(): string | undefined {
    return this.certificates.current()?.cert;
  }

  /** The served certificate while it is valid; undefined when there is none to lose. */
  validLeaf(nowMs: number): string | undefined {
    const { served } = this;
    if (served === undefined) return undefined;
    const { validFrom, validTo } = new X509Certificate(served);
    return Date.parse(validFrom) <= nowMs && nowMs < Date.parse(validTo) ? served : undefined;
  }
}

export class Simulation {
  readonly #cluster = new MemoryCluster();
  readonly #clock = new TestClock();
  readonly #replicas: SimulatedReplica[];
  /** What stood in the caBundle by our own hands and was replaced; an API server may still go by it. */
  #past: { readonly untilMs: number; readonly pem: string }[] = [];
  /** Until an API server may go by what outsiders left in the caBundle. */
  #tamperedUntilMs = Number.NEGATIVE_INFINITY;
  #isTampered = false;
  #isSecretDamaged = false;
  #isDropped = false;
  /** Leaves that replaced one that was in order, leaves of replicas that had none, caBundles written under a served leaf. */
  readonly counts = { takeovers: 0, starts: 0, drops: 0 };

  constructor(replicas: number) {
    this.#replicas = Array.from({ length: replicas }, () => new SimulatedReplica(this.#cluster, this.#clock));
    this.#cluster.onBundleWritten = (before) => this.#checkDrop(before.join(""));
  }

  async happen(happening: Happening): Promise<void> {
    const cluster = this.#cluster;
    switch (happening.kind) {
      case "step":
      case "finish":
        return this.#act(happening.replica, happening.kind);
      case "restart":
        this.#replicas[happening.replica] = new SimulatedReplica(cluster, this.#clock);
        return;
      case "pass":
        return this.#clock.pass(happening.ms);
      case "delete":
        return this.#damage(undefined);
      case "recreate":
        return this.#damage({});
      case "garble":
        return this.#damage({ ...cluster.secret?.data, [happening.key]: "garbage" });
      case "restore":
        return this.#damage(at(cluster.backups, happening.backup));
      case "edit":
        return cluster.bundle && cluster.setBundle(...cluster.bundle.pems);
      default:
        if (happening.kind === "removeBundle") cluster.bundle = undefined;
        else cluster.setBundle(happening.kind === "emptyBundle" ? "" : "garbage");
        this.#isTampered = true;
        this.#past = [];
    }
  }

  /** Puts back what only manifests can, and lets every replica reconcile often and long enough. */
  async settle(): Promise<void> {
    if (this.#cluster.secret === undefined) this.#cluster.setSecret({});
    if (this.#cluster.bundle === undefined) this.#cluster.setBundle("");
    for (let round = 0; round < 6; round += 1) {
      await this.happen({ kind: "pass", ms: POLICY.overlapMs });
      for (const [replica] of this.#replicas.entries()) await this.happen({ kind: "finish", replica });
    }
  }

  /** All is well again: the API server trusts exactly what is stored, and each replica serves a leaf of the newest CA. */
  assertAgreement(): void {
    const bundle = this.#bundle();
    assert.equal(bundle, this.#cluster.secret?.data["ca.crt"]);
    for (const { certificates, served } of this.#replicas) {
      assert.equal(certificates.notReady(), undefined);
      assert.ok((certificates.current()?.expiresAtMs ?? 0) > this.#clock.nowMs);
      assert.equal(issuerIn(bundle, served ?? ""), fingerprints(bundle)[0]);
    }
  }

  async #act(index: number, how: "step" | "finish"): Promise<void> {
    const replica = at(this.#replicas, index);
    const before = replica.served;
    const isFit = replica.validLeaf(this.#clock.nowMs) !== undefined && this.#trusts(before ?? "");
    await replica[how]();
    assert.equal(this.#isDropped, false, "the CA of a served leaf was dropped");
    const after = replica.served;
    if (after === undefined || after === before) return;
    if (isFit) {
      this.counts.takeovers += 1;
      this.#checkTrust(after, [before ?? ""]);
    } else if (before === undefined && !this.#isSecretDamaged) {
      this.counts.starts += 1;
      const others = this.#replicas.filter((other) => other !== replica);
      this.#checkTrust(
        after,
        others.flatMap((other) => other.validLeaf(this.#clock.nowMs) ?? []),
      );
    }
  }

  #damage(data: Readonly<Record<string, string>> | undefined): void {
    this.#cluster.setSecret(data);
    this.#isSecretDamaged = true;
  }

  #bundle(): string {
    return this.#cluster.bundle?.pems.join("") ?? "";
  }

  #trusts(leaf: string): boolean {
    return issuerIn(this.#bundle(), leaf) !== undefined;
  }

  /** Every caBundle that an API server can go by now has to vouch for `leaf`, if it does for one of the leaves of `others`. */
  #checkTrust(leaf: string, others: readonly string[]): void {
    const nowMs = this.#clock.nowMs;
    if (this.#isTampered || nowMs < this.#tamperedUntilMs) return;
    assert.ok(this.#trusts(leaf), "a leaf is served that the caBundle does not trust");
    for (const { pem } of this.#past.filter(({ untilMs }) => nowMs - untilMs < POLICY.overlapMs)) {
      const vouchesForOther = others.some((other) => issuerIn(pem, other) !== undefined);
      assert.ok(!vouchesForOther || issuerIn(pem, leaf) !== undefined, "a leaf was served too early");
    }
  }

  /** What the caBundle trusted before it has to trust now, if any replica serves a leaf of it. */
  #checkDrop(before: string): void {
    const nowMs = this.#clock.nowMs;
    if (this.#isTampered) {
      this.#isTampered = false;
      this.#tamperedUntilMs = nowMs + POLICY.overlapMs;
    } else {
      this.#past.push({ untilMs: nowMs, pem: before });
    }
    for (const replica of this.#replicas) {
      const leaf = replica.validLeaf(nowMs);
      if (leaf !== undefined && issuerIn(before, leaf) !== undefined) {
        this.counts.drops += 1;
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
