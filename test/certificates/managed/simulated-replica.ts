/** A replica whose every access to the cluster happens when the simulation says so. */
import { X509Certificate } from "node:crypto";
import type { ManagedCertificates } from "../../../src/certificates/managed/managed-source.ts";
import type { RotationPolicy } from "../../../src/certificates/managed/rotation-policy.ts";
import type { MemoryCluster } from "./memory-cluster.ts";
import { DAY_MS, makeReplica, POLICY, type TestClock } from "./test-replica.ts";

/** Authorities that are followed every eleven days, in the middle of the life of a leaf. */
const SIMULATED_POLICY: RotationPolicy = { ...POLICY, caValidityMs: 20 * DAY_MS };

/** One replica; a restart makes a new one. */
export class SimulatedReplica {
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
    this.certificates = makeReplica({ cluster, clock, gate, policy: SIMULATED_POLICY });
  }

  get isIdle(): boolean {
    return this.#running === undefined;
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
    } while (!this.isIdle);
  }

  /** The served certificate while it is valid; undefined when there is none to lose. */
  validLeaf(nowMs: number): string | undefined {
    const cert = this.certificates.current()?.cert;
    if (cert === undefined) {
      return undefined;
    }
    const { validFrom, validTo } = new X509Certificate(cert);
    return Date.parse(validFrom) <= nowMs && nowMs < Date.parse(validTo) ? cert : undefined;
  }
}
