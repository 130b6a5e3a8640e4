/** Which Pods are made again: only those that would get a name that they lack, and whose owner makes them again without harm. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_WEBHOOKS } from "../../../src/core/admission/webhook-selection.ts";
import { serviceAccountOf } from "../../../src/core/healing/assessment.ts";
import { decideHealing, type HealingEvidence } from "../../../src/core/healing/decision.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";
import type { HealingReason } from "../../../src/core/verdicts/healing-reason.ts";
import { credentialOf, podOf, viewOf } from "../admission/examples.ts";
import { evidenceOf, ownedBy, waitingPod } from "./examples.ts";

const REPLICA_SET = ownedBy("apps/v1", "ReplicaSet");
const OPTED_OUT = { labels: { "pullring.dev/heal": "false" } };
const waiting = (image: string, listed?: readonly string[], metadata: JsonObject = REPLICA_SET): JsonObject =>
  waitingPod(podOf([image], listed, metadata));
const ofOwner = (apiVersion: string, kind: string): JsonObject =>
  waiting("reg.io/app", undefined, ownedBy(apiVersion, kind));
const observing = (clientConfig: JsonObject) => DEFAULT_WEBHOOKS.map((webhook) => ({ ...webhook, clientConfig }));

const healed: readonly (readonly [title: string, changes: Partial<HealingEvidence>, secrets: readonly string[]])[] = [
  ["a Pod of a ReplicaSet", {}, ["team"]],
  ["a Pod of a StatefulSet", { pod: ofOwner("apps/v1", "StatefulSet") }, ["team"]],
  ["a Pod of a DaemonSet", { pod: ofOwner("apps/v1", "DaemonSet") }, ["team"]],
  ["a Pod of a ReplicationController", { pod: ofOwner("v1", "ReplicationController") }, ["team"]],
  ["a Pod of a Job with room for failures", { pod: ofOwner("batch/v1", "Job") }, ["team"]],
  ["a Pod that lists another Secret", { pod: waiting("reg.io/app", ["other"]) }, ["team"]],
  [
    "all credentials that are tried, by name",
    { view: viewOf([credentialOf("team", "reg.io"), credentialOf("app", "reg.io/app")]) },
    ["app", "team"],
  ],
  [
    "a Pod that came before the names of its ServiceAccount",
    { view: viewOf([credentialOf("team", "reg.io")], { imagePullSecrets: ["team"] }) },
    ["team"],
  ],
  ["a Pod whose webhook has a path to change", { webhooks: observing({ service: { path: "/mutate" } }) }, ["team"]],
];

for (const [title, changes, secrets] of healed) {
  test(`${title} is made again for ${secrets.join(", ")}`, () => {
    assert.deepEqual(decideHealing(evidenceOf(changes)), { action: "heal", secrets });
  });
}

const left: readonly (readonly [title: string, changes: Partial<HealingEvidence>, reason: HealingReason])[] = [
  [
    "an image that no credential serves",
    { view: viewOf([]) },
    { code: "no-credential", image: "reg.io/app", nearMiss: null },
  ],
  [
    "an image that a credential comes close to",
    { view: viewOf([credentialOf("team", "reg.io:5000")]) },
    {
      code: "no-credential",
      image: "reg.io/app",
      nearMiss: { code: "port", credential: "team", registry: "reg.io:5000", fix: "reg.io" },
    },
  ],
  [
    "an image beside one that a credential would serve",
    {
      pod: {
        ...waiting("other.io/app"),
        spec: {
          containers: [
            { name: "c0", image: "other.io/app" },
            { name: "c1", image: "reg.io/app" },
          ],
        },
      },
    },
    { code: "no-credential", image: "other.io/app", nearMiss: null },
  ],
  [
    "a Pod that lists a credential for its image",
    { pod: waiting("reg.io/app", ["team"]) },
    { code: "has-credential", image: "reg.io/app", secret: "team" },
  ],
  [
    "a Pod that opted out of pullring",
    { pod: waiting("reg.io/app", undefined, { ...REPLICA_SET, labels: { "pullring.dev/inject": "false" } }) },
    { code: "skipped", reason: "opted-out" },
  ],
  [
    "a ServiceAccount that enforces mountable secrets",
    { view: viewOf([credentialOf("team", "reg.io")], { enforcesMountableSecrets: true }) },
    { code: "skipped", reason: "mountable-secrets" },
  ],
  [
    "a Pod that has no room for a name",
    { pod: waiting("reg.io/app", undefined, { ...REPLICA_SET, padding: "x".repeat(1_600_000) }) },
    { code: "skipped", reason: "too-large" },
  ],
  [
    "a Pod with the label",
    { pod: waiting("reg.io/app", undefined, { ...REPLICA_SET, ...OPTED_OUT }) },
    { code: "opted-out", by: "Pod" },
  ],
  ["a ReplicaSet with the label", { owner: { metadata: OPTED_OUT } }, { code: "opted-out", by: "owner" }],
  ["a Deployment with the label", { workload: { metadata: OPTED_OUT } }, { code: "opted-out", by: "owner" }],
  ["a namespace with the label", { namespaceLabels: OPTED_OUT.labels }, { code: "opted-out", by: "namespace" }],
  [
    "a namespace that is not served",
    { namespaceLabels: { "pullring.dev/inject": "false" } },
    {
      code: "not-served",
      notServed: { code: "namespace-not-served", namespace: "apps", requirement: "pullring.dev/inject notin (false)" },
    },
  ],
  ["a cluster without the webhook", { webhooks: [] }, { code: "not-served", notServed: { code: "kind-not-served" } }],
  ["a Service that observes", { webhooks: observing({ service: { path: "/observe" } }) }, { code: "observed" }],
  ["a URL that observes", { webhooks: observing({ url: "https://localhost/observe" }) }, { code: "observed" }],
  ["a bare Pod", { pod: waiting("reg.io/app", undefined, {}) }, { code: "bare-pod", secrets: ["team"] }],
  [
    "an owner of another kind",
    { pod: ofOwner("argoproj.io/v1alpha1", "Workflow") },
    { code: "unknown-owner", kind: "Workflow", owner: "owner", secrets: ["team"] },
  ],
  [
    "a Deployment that owns a Pod itself, which none does",
    { pod: ofOwner("apps/v1", "Deployment") },
    { code: "unknown-owner", kind: "Deployment", owner: "owner", secrets: ["team"] },
  ],
  [
    "a namesake in another group",
    { pod: ofOwner("example.com/v1", "ReplicaSet") },
    { code: "unknown-owner", kind: "ReplicaSet", owner: "owner", secrets: ["team"] },
  ],
  [
    "an owner reference that says nothing",
    { pod: waiting("reg.io/app", undefined, { ownerReferences: [{ controller: true }] }) },
    { code: "unknown-owner", kind: "", owner: "", secrets: ["team"] },
  ],
  ["an owner that is gone", { owner: undefined }, { code: "owner-gone", kind: "ReplicaSet", owner: "owner" }],
  [
    "an owner that is being deleted",
    { owner: { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } } },
    { code: "owner-gone", kind: "ReplicaSet", owner: "owner" },
  ],
  [
    "a Job without room for a failure",
    { pod: ofOwner("batch/v1", "Job"), owner: { spec: { backoffLimit: 0 } } },
    { code: "job-limit", job: "owner", secrets: ["team"] },
  ],
];

for (const [title, changes, reason] of left) {
  test(`${title}: left alone, ${reason.code}`, () => {
    assert.deepEqual(decideHealing(evidenceOf(changes)), { action: "leave-alone", reason });
  });
}

test("the ServiceAccount of a Pod is the one that it names, or default", () => {
  assert.equal(serviceAccountOf({ spec: { serviceAccountName: "robot" } }), "robot");
  assert.equal(serviceAccountOf({}), "default");
});

const nothing: readonly (readonly [title: string, pod: JsonObject])[] = [
  ["a Pod that waits for no image", waitingPod(podOf(["reg.io/app"], undefined, REPLICA_SET), "ContainerCreating")],
  [
    "a container without an image",
    {
      ...waitingPod({ ...podOf([]), spec: { containers: [{ name: "c0" }] } }),
      spec: { containers: [{ name: "c0" }, { name: "c1", image: "reg.io/app" }] },
    },
  ],
  ["a Pod that is being deleted", waiting("reg.io/app", undefined, { ...REPLICA_SET, deletionTimestamp: "now" })],
];

for (const [title, pod] of nothing) {
  test(`${title} is of no concern`, () => {
    assert.equal(decideHealing(evidenceOf({ pod })), null);
  });
}

test("a Pod that cannot be read is left alone", () => {
  const pod = { ...waiting("reg.io/app"), metadata: { annotations: 1 } };
  assert.deepEqual(decideHealing(evidenceOf({ pod })), {
    action: "leave-alone",
    reason: { code: "skipped", reason: "unreadable-object" },
  });
});
