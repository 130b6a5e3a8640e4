import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../../../src/core/admission/decision.ts";
import { decodeReview, encodeReview, encodeUndecided, type Outcome } from "../../../src/core/admission/review.ts";
import type { SkipReason } from "../../../src/core/verdicts/skip-reason.ts";
import { credentialOf, podOf, requestOf, viewOf } from "./examples.ts";

const REVIEW = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" };
const encode = (text: string): string => Buffer.from(text).toString("base64");

/** As it is sent: JSON knows no undefined members. */
function sent(uid: string, outcome: Outcome): unknown {
  return JSON.parse(JSON.stringify(encodeReview(uid, outcome, encode)));
}

function skipFor(reason: SkipReason): Outcome {
  return { reason, injected: [], removed: [], patch: [], warnings: [] };
}

for (const [title, body, error] of [
  ["null", null, "the body is not an AdmissionReview"],
  ["a list", [], "the body is not an AdmissionReview"],
  ["another kind", { ...REVIEW, kind: "Pod" }, "the body is not an AdmissionReview"],
  [
    "another version",
    { ...REVIEW, apiVersion: "admission.k8s.io/v1beta1" },
    "the apiVersion of the AdmissionReview is not admission.k8s.io/v1",
  ],
  ["no request", REVIEW, "the AdmissionReview has no request"],
  ["a request that is a list", { ...REVIEW, request: [] }, "the AdmissionReview has no request"],
  ["no uid", { ...REVIEW, request: {} }, "the request of the AdmissionReview has no uid"],
  ["an empty uid", { ...REVIEW, request: { uid: "" } }, "the request of the AdmissionReview has no uid"],
  ["a uid that is a number", { ...REVIEW, request: { uid: 1 } }, "the request of the AdmissionReview has no uid"],
] as const) {
  test(`a review with ${title} is refused: ${error}`, () =>
    assert.deepEqual(decodeReview(body), { request: null, error }));
}

test("a review is reduced to what a decision reads", () => {
  const request = {
    uid: "u",
    kind: { group: "apps", version: "v1", kind: "Deployment" },
    operation: "UPDATE",
    subResource: "scale",
    namespace: "n",
    name: "web",
    dryRun: true,
    object: { a: 1 },
    oldObject: { b: 2 },
    userInfo: {},
  };
  assert.deepEqual(decodeReview({ ...REVIEW, request }).request, {
    uid: "u",
    kind: { group: "apps", kind: "Deployment" },
    operation: "UPDATE",
    subResource: "scale",
    namespace: "n",
    name: "web",
    dryRun: true,
    object: { a: 1 },
    oldObject: { b: 2 },
  });
});

test("members of the wrong type count as missing", () => {
  const request = {
    uid: "u",
    kind: "Pod",
    operation: 1,
    subResource: null,
    namespace: [],
    name: {},
    dryRun: "true",
    object: [],
    oldObject: "x",
  };
  assert.deepEqual(decodeReview({ ...REVIEW, request }).request, {
    uid: "u",
    kind: { group: "", kind: "" },
    operation: "",
    subResource: "",
    namespace: "",
    name: "",
    dryRun: false,
    object: undefined,
    oldObject: undefined,
  });
});

test("the answer to an injection carries the patch in base64 and the names", () => {
  const decision = decide(requestOf(podOf(["quay.io/a"])), () =>
    viewOf([credentialOf("quay", "quay.io")], { imagePullSecrets: ["s1"] }),
  );
  assert.deepEqual(sent("u", decision), {
    ...REVIEW,
    response: {
      uid: "u",
      allowed: true,
      patchType: "JSONPatch",
      patch: encode(JSON.stringify(decision.patch)),
      auditAnnotations: { injected: "s1,quay" },
    },
  });
});

test("the answer to a removal names what was taken out", () => {
  const removal = { ...skipFor("no-images"), reason: null, removed: ["a", "b"] };
  assert.deepEqual(encodeReview("u", removal, encode).response.auditAnnotations, { injected: "", removed: "a,b" });
});

test("names a hundred in the audit log, and counts the others", () => {
  const names = Array.from({ length: 102 }, (_, index) => `s${index}`);
  const outcome = { ...skipFor("no-images"), reason: null, injected: names, removed: names.slice(2) };
  const { injected, removed } = encodeReview("u", outcome, encode).response.auditAnnotations ?? {};
  assert.deepEqual([injected, removed], [`${names.slice(0, 100).join(",")} and 2 more`, names.slice(2).join(",")]);
});

test("the answer to a skip allows the request and tells the reason", () => {
  assert.deepEqual(sent("u", skipFor("mirror-pod")), {
    ...REVIEW,
    response: { uid: "u", allowed: true, auditAnnotations: { skipped: "mirror-pod" } },
  });
  assert.deepEqual(encodeUndecided("u"), {
    ...REVIEW,
    response: { uid: "u", allowed: true, auditAnnotations: { skipped: "error" } },
  });
});

test("an answer holds four warnings and the count of the others", () => {
  const warningsOf = (count: number): readonly string[] | undefined =>
    encodeReview(
      "u",
      {
        ...skipFor("no-images"),
        warnings: Array.from({ length: count }, (_, index) => ({ code: "malformed-listed", secret: `w${index}` })),
      },
      encode,
    ).response.warnings;
  assert.equal(warningsOf(0), undefined);
  const told = [0, 1, 2, 3].map(
    (index) => `listed Secret "w${index}" is malformed, so the kubelet cannot pull any image`,
  );
  assert.deepEqual(warningsOf(4), told);
  assert.deepEqual(warningsOf(6), [...told, "and 2 more warnings; see pullring explain"]);
});
