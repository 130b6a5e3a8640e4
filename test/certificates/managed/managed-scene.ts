/** A cluster in memory with clocks, and the short questions that tests ask about it. */
import type { ManagedCertificates } from "../../../src/certificates/managed/managed-source.ts";
import { MemoryCluster } from "./memory-cluster.ts";
import { makeReplica, pass, START_MS, type TestClock } from "./test-replica.ts";

export class ManagedScene {
  readonly cluster: MemoryCluster = new MemoryCluster();
  readonly clock: TestClock = { nowMs: START_MS, elapsedMs: 0 };

  /** A replica that has looked once. */
  async started(): Promise<ManagedCertificates> {
    const replica = makeReplica(this);
    await replica.reconcile();
    return replica;
  }

  /** A value of the Secret; "" when there is none. */
  stored(key: string): string {
    return this.cluster.secret?.data[key] ?? "";
  }

  /** The caBundle, of all entries. */
  applied(): string {
    return this.cluster.bundle?.pems.join("") ?? "";
  }

  /** Each minute a look of each replica. */
  async follow(replicas: readonly ManagedCertificates[], minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      pass(this.clock, 60_000);
      for (const replica of replicas) {
        await replica.reconcile();
      }
    }
  }
}

/** The certificate that a replica serves. */
export function servedBy(replica: ManagedCertificates): string {
  return replica.current()?.cert ?? "none";
}
