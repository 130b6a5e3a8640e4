import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { refusal } from "../../../src/cluster/api/api-server-error.ts";
import { readObstacle } from "../../../src/cluster/api/obstacle.ts";

function bodyOf(...chunks: readonly string[]): AsyncIterable<Buffer> {
  return Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
}

for (const [message, expected] of [
  [
    'secrets is forbidden: User "system:serviceaccount:pullring:x" cannot create resource "secrets" in API group "" in the namespace "a"',
    undefined,
  ],
  [
    'secrets "hub" is forbidden: User "a\nb" cannot delete resource "secrets" in API group "" in the namespace "a": RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
    undefined,
  ],
  [
    'secrets "hub" is forbidden: unable to create new content in namespace a because it is being terminated',
    "namespace-ending",
  ],
  [
    'secrets "hub" is forbidden: exceeded quota: few, requested: count/secrets=1, used: count/secrets=2, limited: count/secrets=2',
    "quota",
  ],
  ['admission webhook "policy.example" denied the request: no Secrets by hand', "policy"],
] as const) {
  test(`takes for ${expected ?? "a missing right"}: ${message.slice(0, 60)}`, async () => {
    const text = JSON.stringify({ kind: "Status", message });
    assert.equal(await readObstacle(bodyOf(text.slice(0, 30), text.slice(30))), expected);
  });
}

test("an answer that says nothing is taken for a missing right", async () => {
  const brokenOff = Readable.from(
    (function* () {
      yield Buffer.from('{"message":"x');
      throw new Error("reset");
    })(),
  );
  for (const body of [bodyOf(""), bodyOf("<html>"), bodyOf("{}"), bodyOf('{"message":5}'), brokenOff]) {
    assert.equal(await readObstacle(body), undefined);
  }
  assert.equal(await readObstacle(bodyOf(`{"message":"${"x".repeat(70_000)}"}`)), undefined);
});

test("an obstacle is told in place of the right", () => {
  const rule = { verb: "create", resource: "secrets", namespace: undefined } as const;
  const error = refusal(403, rule, { obstacle: "quota" });
  assert.equal(error.message, "a ResourceQuota of the namespace is full: create secrets in all namespaces");
  assert.equal(error.missingRule, undefined);
  assert.equal(error.obstacle, "quota");
});
