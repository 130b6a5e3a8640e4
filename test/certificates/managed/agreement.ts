/** What holds for a simulated cluster in which everybody has looked often and long enough. */
import assert from "node:assert/strict";
import type { Simulation } from "./simulation.ts";
import { fingerprints, issuerIn, newest } from "./test-replica.ts";

/** All is well again: everybody serves what is stored, and the API server trusts exactly what it should. */
export function assertAgreement({ cluster, replicas, nowMs }: Simulation): void {
  const data = cluster.secret?.data ?? {};
  const bundle = cluster.bundle?.pems.join("") ?? "";
  assert.deepEqual([...fingerprints(bundle)].sort(), [...fingerprints(data["ca.crt"] ?? "")].sort());
  for (const { certificates } of replicas) {
    assert.equal(certificates.current()?.cert, data["tls.crt"]);
    assert.equal(certificates.current()?.key, data["tls.key"]);
    assert.equal(certificates.notReadyReason(), undefined);
    assert.ok((certificates.expiresAt() ?? 0) > nowMs);
  }
  // None is newer than the authority that signed it.
  assert.ok(newest(bundle).includes(issuerIn(bundle, data["tls.crt"] ?? "") ?? ""));
}
