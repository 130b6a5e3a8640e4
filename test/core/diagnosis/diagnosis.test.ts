/** The one verdict about a Pod that is there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readEligibleCredential } from "../../../src/core/admission/eligibility.ts";
import { type ExplainedObject, explainRequest } from "../../../src/core/admission/explanation.ts";
import { diagnosePod, type PodEvidence } from "../../../src/core/diagnosis/diagnosis.ts";
import { creationOf } from "../../../src/core/healing/assessment.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";
import type { Finding } from "../../../src/core/verdicts/finding.ts";
import type { PodVerdict } from "../../../src/core/verdicts/pod-verdict.ts";
import type { Whereabouts } from "../../../src/core/verdicts/whereabouts.ts";
import { credentialOf, malformedOf, podOf, secretOf, viewOf } from "../admission/examples.ts";
import { evidenceOf, ownedBy, waitingPod } from "../healing/examples.ts";

const IMAGE = "reg.io/app";
const OWNED = ownedBy("apps/v1", "ReplicaSet");
const waiting = (listed?: readonly string[], metadata: JsonObject = OWNED): JsonObject =>
  waitingPod(podOf([IMAGE], listed, metadata));
const NONE = viewOf([]);
const NO_OTHERS = { named: [], more: 0, ofDockerHub: null };
/** A Pod that runs, and is debugged. */
function debugged(listed?: readonly string[], state: JsonObject = { waiting: { reason: "ErrImagePull" } }): JsonObject {
  const { spec, ...pod } = podOf(["nginx"], listed, OWNED) as { readonly spec: JsonObject };
  const status = {
    containerStatuses: [{ name: "c0", state: { running: {} } }],
    ephemeralContainerStatuses: [{ name: "debugger", state }],
  };
  return { ...pod, spec: { ...spec, ephemeralContainers: [{ name: "debugger", image: "reg.io/debug" }] }, status };
}

function diagnose(changes: Partial<PodEvidence>): PodVerdict {
  const { workload: _, ...evidence } = evidenceOf(changes);
  const { namespace, pod, view } = evidence;
  const explained = explainRequest(creationOf({ namespace, pod }), () => view);
  return diagnosePod({
    ...evidence,
    isInstalled: true,
    isKnown: true,
    explained,
    whereabouts: [],
    nowSeconds: 1_000,
    ...changes,
  });
}

const NOT_SERVED = { code: "namespace-not-served", namespace: "apps", requirement: "team=a" } as const;
function notServed(): ExplainedObject {
  const request = creationOf({ namespace: "apps", pod: debugged() });
  return explainRequest(
    request,
    () => viewOf([credentialOf("team", "reg.io")]),
    () => NOT_SERVED,
  );
}

const places = {
  missing: { code: "missing", secret: "gone", namespace: "apps", elsewhere: [] },
  neverAdded: { code: "never-added", image: IMAGE, secret: "own", namespace: "apps", reason: { code: "opted-out" } },
  ofAnother: { code: "serves-elsewhere", image: "reg.io/b", secret: "s", namespace: "apps", elsewhere: "x" },
} satisfies Readonly<Record<string, Whereabouts>>;

const loginOf = (name: string, entry: object) => readEligibleCredential(secretOf(name, { auths: { "reg.io": entry } }));
const nearMiss = { code: "port", credential: "near", registry: "reg.io:5000", fix: "reg.io" } as const;
const lacking = (code: "bare-pod" | "not-installed"): PodVerdict => ({ code, secrets: ["team"] });

const rows: readonly (readonly [title: string, changes: Partial<PodEvidence>, verdict: PodVerdict])[] = [
  [
    "another Pod has the Secret, and its owner makes one",
    {},
    { code: "replaceable", kind: "ReplicaSet", owner: "owner", secrets: ["team"] },
  ],
  ["nobody makes another Pod", { pod: waiting(undefined, {}) }, lacking("bare-pod")],
  ["pullring is not installed", { isInstalled: false }, lacking("not-installed")],
  [
    "the namespace is not served",
    { namespaceLabels: { "pullring.dev/inject": "false" } },
    {
      code: "not-served",
      notServed: { code: "namespace-not-served", namespace: "apps", requirement: "pullring.dev/inject notin (false)" },
    },
  ],
  [
    "the label that asks the controller to leave it alone says nothing to a person",
    { pod: waiting(undefined, { ...OWNED, labels: { "pullring.dev/heal": "false" } }) },
    { code: "replaceable", kind: "ReplicaSet", owner: "owner", secrets: ["team"] },
  ],
  [
    "it is left alone",
    { pod: waiting(undefined, { ...OWNED, labels: { "pullring.dev/inject": "false" } }) },
    { code: "skipped", reason: "opted-out" },
  ],
  [
    "no credential is for the image",
    { view: NONE },
    { code: "no-credential", image: IMAGE, nearMiss: null, otherRegistries: NO_OTHERS },
  ],
  [
    "what could not be read is not taken to be missing",
    { view: NONE, isKnown: false, whereabouts: [places.neverAdded] },
    { code: "not-known", image: IMAGE },
  ],
  [
    "one comes close",
    { view: viewOf([credentialOf("near", "reg.io:5000")]), whereabouts: [places.neverAdded] },
    { code: "no-credential", image: IMAGE, nearMiss, otherRegistries: { ...NO_OTHERS, named: ["reg.io:5000"] } },
  ],
  [
    "a listed name that is nowhere comes first",
    { view: viewOf([credentialOf("near", "reg.io:5000")]), whereabouts: [places.missing] },
    { code: "secret-elsewhere", place: places.missing },
  ],
  [
    "a Secret that is meant for the image is not right",
    { view: viewOf([loginOf("void", {})]) },
    {
      code: "unserved-image",
      image: IMAGE,
      secret: "void",
      finding: { code: "void-entry", registry: "reg.io", store: null },
    },
  ],
  [
    "one is for the image, and is left alone",
    { view: NONE, whereabouts: [places.ofAnother, places.neverAdded] },
    { code: "secret-elsewhere", place: places.neverAdded },
  ],
  [
    "what serves another image does not help",
    { view: NONE, whereabouts: [places.ofAnother] },
    { code: "no-credential", image: IMAGE, nearMiss: null, otherRegistries: NO_OTHERS },
  ],
  ["the Pod has a credential", { pod: waiting(["team"]) }, { code: "has-credential", image: IMAGE, secret: "team" }],
  [
    "the credential that it has is not right",
    { pod: waiting(["half"]), view: viewOf([loginOf("half", { username: "robot" })]) },
    {
      code: "bad-credential",
      image: IMAGE,
      secret: "half",
      finding: { code: "no-password", registry: "reg.io", token: null },
    },
  ],
  [
    "the list names a Secret that the kubelet cannot read",
    {
      pod: waiting(["absent", "team", "broken"]),
      view: viewOf([credentialOf("team", "reg.io"), malformedOf("broken")]),
    },
    { code: "malformed-listed", secret: "broken", finding: { code: "not-json" } },
  ],
  [
    "the Pod is being deleted",
    { pod: waiting(undefined, { deletionTimestamp: "2026-01-01T00:00:00Z" }) },
    { code: "being-deleted" },
  ],
  [
    "the image is no reference",
    { pod: waitingPod(podOf(["A B"]), "InvalidImageName") },
    { code: "invalid-image", container: "c0" },
  ],
  [
    "the image is never pulled",
    { pod: waitingPod(podOf([IMAGE]), "ErrImageNeverPull") },
    { code: "never-pulled", container: "c0" },
  ],
  [
    "an ephemeral container lacks the Secret, and a copy of the Pod would have it",
    { pod: debugged() },
    { code: "ephemeral-waits", container: "debugger", image: "reg.io/debug", secret: "team" },
  ],
  [
    "the same where pullring is not asked",
    { pod: debugged(), explained: notServed() },
    { code: "not-served", notServed: NOT_SERVED },
  ],
  ["the same without pullring", { pod: debugged(), isInstalled: false }, lacking("not-installed")],
  [
    "an ephemeral container waits though the Pod lists a credential",
    { pod: debugged(["team"]) },
    { code: "has-credential", image: "reg.io/debug", secret: "team" },
  ],
  [
    "an ephemeral container whose image nothing serves",
    { pod: debugged(), view: NONE },
    { code: "no-credential", image: "reg.io/debug", nearMiss: null, otherRegistries: NO_OTHERS },
  ],
  [
    "an ephemeral container of a Pod that lists a malformed Secret",
    { pod: debugged(["bad"]), view: viewOf([malformedOf("bad")]) },
    { code: "malformed-listed", secret: "bad", finding: malformedOf("bad").findings[0] as Finding },
  ],
  ["an ephemeral container that runs", { pod: debugged([], { running: {} }) }, { code: "well" }],
  [
    "the container crashes",
    { pod: waitingPod(podOf([IMAGE]), "CrashLoopBackOff") },
    { code: "waits-otherwise", container: "c0", reason: "CrashLoopBackOff" },
  ],
  ["no node has begun with it", { pod: podOf([IMAGE]) }, { code: "not-scheduled" }],
  ["the container is being made", { pod: waitingPod(podOf([IMAGE]), "ContainerCreating") }, { code: "well" }],
];

for (const [title, changes, verdict] of rows) {
  test(title, () => assert.deepEqual(diagnose(changes), verdict));
}

test("a credential of Docker Hub that is out of use comes before one that is listed", () => {
  const view = viewOf([credentialOf("one", "docker.io"), credentialOf("two", "https://index.docker.io/v1/")]);
  const pod = waitingPod(podOf(["acme/web"], ["one", "two"], OWNED));
  const outOfUse = { code: "suppressed", credential: "two", by: "one", indexKey: "docker.io", isVoid: false } as const;
  assert.deepEqual(diagnose({ view, pod }), { code: "out-of-use", outOfUse });
});

test("a Secret that is nobody's mistake is no reason to correct it", () => {
  const own = readEligibleCredential(
    secretOf("own", { auths: { "reg.io": {} } }, { labels: { "pullring.dev/inject": "false" } }),
  );
  assert.equal(diagnose({ view: viewOf([own]) }).code, "unserved-image");
});

test("a token counts as expired once its time has come", () => {
  const payload = Buffer.from(JSON.stringify({ exp: 2_000 })).toString("base64url");
  const token = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.c2ln`;
  const view = viewOf([loginOf("ecr", { username: "robot", password: token })]);
  const pod = waiting(["ecr"]);
  assert.equal(diagnose({ view, pod, nowSeconds: 1_999 }).code, "has-credential");
  const verdict = diagnose({ view, pod, nowSeconds: 2_000 });
  assert.deepEqual(verdict, {
    code: "bad-credential",
    image: IMAGE,
    secret: "ecr",
    finding: { code: "token-expired", registry: "reg.io", expiresAt: 2_000 },
  });
});
