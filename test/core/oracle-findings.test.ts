/**
 * What the comparison with the kubelet's own code (`npm run test:oracle`) has found, shrunk by it: faults of this core, and faults
 * made on purpose. Each row stands as the comparison prints it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runCore } from "../oracle/core-outcome.ts";
import type { OracleCase, Outcome } from "../oracle/oracle-case.ts";

interface Finding {
  readonly title: string;
  readonly example: OracleCase;
  readonly kubelet: Outcome;
}

// biome-ignore format: one row a line, as it is printed
const FINDINGS: readonly Finding[] = [
@@ROWS@@
];

for (const { title, example, kubelet } of FINDINGS) {
  test(`agrees with the kubelet on ${title}`, () => {
    assert.deepEqual(runCore(example).outcome, kubelet);
  });
}
