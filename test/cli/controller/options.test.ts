import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "../run-command.ts";

for (const [args, line] of [
  [[], "no part is switched on; add --heal=report"],
  [["--heal=maybe"], '--heal: "maybe" is not one of report'],
  [["--heal=report", "--kubeconfig=/nowhere"], "no cluster to talk to"],
] as const) {
  test(`controller ${args.join(" ")} ends with 2: ${line}`, async () => {
    const { status, stderr } = await run(["controller", ...args]);
    assert.equal(status, 2);
    assert.ok(stderr.startsWith(`pullring: ${line}`), stderr);
    assert.doesNotMatch(stderr, /--credentials/);
  });
}
