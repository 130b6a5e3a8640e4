import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "../run-command.ts";

for (const [args, line] of [
  [[], "no part is switched on; add --heal, or --heal=report to change nothing, or --share"],
  [["--heal=maybe"], '--heal: "maybe" is not one of evict, report'],
  [["--heal", "--heal-parallel=0"], '--heal-parallel: "0" is not a whole number from 1 to 1000'],
  [["--heal", "--heal-interval=1ms"], '--heal-interval: "1ms" is too short; give it 100ms or more'],
  [["--heal", "--kubeconfig=/nowhere"], "no cluster to talk to"],
  [["--heal=report", "--kubeconfig=/nowhere"], "no cluster to talk to"],
  [["--share"], "--share: add --shared-namespace, which names the namespace of the credentials that are shared"],
  [["--share", "--shared-namespace=A"], '--shared-namespace: "A" is'],
  [["--share", "--shared-namespace=a", "--write-qps=0"], '--write-qps: "0" is not a whole number from 1 to 1000'],
  [["--share", "--shared-namespace=a", "-n", "a"], "--namespace: a is the shared namespace, which gets no copies"],
  [["--heal", "--shared-namespace=a"], "--shared-namespace: means nothing without --share; add it"],
  [["--heal", "--write-qps=5"], "--write-qps: means nothing without --share; add it"],
  [["--share", "--shared-namespace=a", "--kubeconfig=/nowhere"], "no cluster to talk to"],
] as const) {
  test(`controller ${args.join(" ")} ends with 2: ${line}`, async () => {
    const { status, stderr } = await run(["controller", ...args]);
    assert.equal(status, 2);
    assert.ok(stderr.startsWith(`pullring: ${line}`), stderr);
    assert.doesNotMatch(stderr, /--credentials/);
  });
}
