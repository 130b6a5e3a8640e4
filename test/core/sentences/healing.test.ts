/** What a person reads of each reason: the cause, and what to do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sentenceOfEviction, sentenceOfMissingNames, verdictOfHealing } from "../../../src/core/sentences/healing.ts";
import { HEALING_REASON_CODES, type HealingReason } from "../../../src/core/verdicts/healing-reason.ts";

const secrets = ["team"];
const rows: readonly (readonly [reason: HealingReason, sentence: string, remedy: string | null])[] = [
  [
    { code: "no-credential", image: "reg.io/app", nearMiss: null },
    'no credential of the namespace serves "reg.io/app"',
    "check the image, or make a credential for its registry in this namespace",
  ],
  [
    {
      code: "no-credential",
      image: "reg.io/app",
      nearMiss: { code: "port", credential: "team", registry: "reg.io:5000", fix: "reg.io" },
    },
    'no credential of the namespace serves "reg.io/app"; Secret "team" comes closest, but its key "reg.io:5000" is for another port (a key without a port is for images without one). Fix: change the key to "reg.io"',
    null,
  ],
  [
    { code: "has-credential", image: "reg.io/app", secret: "team" },
    'the Pod lists Secret "team", which is for "reg.io/app"',
    "check that its user may pull the image, and that there is such an image",
  ],
  [
    { code: "skipped", reason: "opted-out" },
    'pullring would add nothing: the label pullring.dev/inject: "false" asks to leave the object alone',
    null,
  ],
  [
    { code: "opted-out", by: "owner" },
    'the label pullring.dev/heal: "false" of the owner asks to leave the Pod alone',
    null,
  ],
  [
    { code: "not-served", notServed: { code: "kind-not-served" } },
    "a new Pod would not be served: the webhook configuration has no rule for this kind; its Pods are served when they are made",
    null,
  ],
  [
    { code: "observed" },
    "a new Pod would not be served: the webhook configuration has pullring observe and change nothing",
    null,
  ],
  [
    { code: "bare-pod", secrets },
    'the Pod lacks Secret "team" in its imagePullSecrets, and nobody would make it again',
    "kubectl -n apps get pod web -o yaml | kubectl replace --force -f -",
  ],
  [
    { code: "unknown-owner", kind: "Workflow", owner: "nightly", secrets },
    'the Pod lacks Secret "team" in its imagePullSecrets, and whether Workflow nightly makes it again is not known',
    "if it does: kubectl -n apps delete pod web",
  ],
  [{ code: "owner-gone", kind: "ReplicaSet", owner: "web-1" }, "ReplicaSet web-1 is gone or about to go", null],
  [
    { code: "job-limit", job: "nightly", secrets },
    'the Pod lacks Secret "team" in its imagePullSecrets, and one failed Pod more could fail Job nightly',
    `suspend and resume the Job, which counts no failure and makes all of its running Pods again: kubectl -n apps patch job nightly -p '{"spec":{"suspend":true}}' && kubectl -n apps wait job nightly --for=condition=Suspended && kubectl -n apps patch job nightly -p '{"spec":{"suspend":false}}'`,
  ],
  [
    { code: "stripped", secrets },
    'a Pod of its owner was evicted to get Secret "team" in its imagePullSecrets, and the new one came without: something takes the list away, or pullring did not answer',
    "find out what changes the Pods, then kubectl -n apps delete pod web",
  ],
];

for (const [reason, sentence, remedy] of rows) {
  test(`${reason.code}: ${sentence}`, () => {
    assert.deepEqual(verdictOfHealing(reason, { namespace: "apps", name: "web" }), { sentence, remedy });
  });
}

test("every reason has its words here", () => {
  assert.deepEqual([...new Set(rows.map(([{ code }]) => code))].sort(), [...HEALING_REASON_CODES].sort());
});

test("an eviction says what it is for", () => {
  assert.equal(
    sentenceOfEviction(["team"]),
    'evicted, so that its owner makes it again with Secret "team", which the image needs',
  );
  assert.equal(
    sentenceOfEviction(["a", "b"]),
    'evicted, so that its owner makes it again with Secrets "a", "b", which the image needs',
  );
});

test("many names are told by the first three", () => {
  assert.equal(
    sentenceOfMissingNames(["a", "b", "c", "d", "e"]),
    'lacks Secrets "a", "b", "c" and 2 more in its imagePullSecrets, and its owner can make it again with that',
  );
});
