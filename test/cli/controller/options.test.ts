import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "../run-command.ts";

for (const [args, line] of [
  [[], "no part is switched on; add --heal, or --heal=report to change nothing"],
  [["--heal=maybe"], '--heal: "maybe" is not one of evict, report'],
  [["--heal", "--heal-parallel=0"], '--heal-parallel: "0" is not a whole number from 1 to 1000'],
  [["--heal", "--kubeconfig=/nowhere"], "no cluster to talk to"],
  [["--heal=report", "--kubeconfig=/nowhere"], "no cluster to talk to"],
] as const) {
  test(`controller ${args.join(" ")} ends with 2: ${line}`, async () => {
    const { status, stderr } = await run(["controller", ...args]);
    assert.equal(status, 2);
    assert.ok(stderr.startsWith(`pullring: ${line}`), stderr);
    assert.doesNotMatch(stderr, /--credentials/);
  });
}
