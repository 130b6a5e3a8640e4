import assert from "node:assert/strict";
import { test } from "node:test";
import { readEligibleCredential } from "../../../src/core/admission/eligibility.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";
import { secretOf } from "./examples.ts";

const LOGIN = { auth: "dTpw" };
const PAYLOAD = { auths: { "quay.io": LOGIN, "ghcr.io": LOGIN } };
const KEYS = ["ghcr.io", "quay.io"];
const OPENSHIFT = ["ignored", "openshift-managed", ["reg.io"]] as const;
const LEGACY_DATA = { ".dockercfg": Buffer.from('{"reg.io":{"auth":"dTpw"}}').toString("base64") };
const OPTED_OUT = { labels: { "pullring.dev/inject": "false" } };

/** An object of so many members. */
function numbered(count: number): JsonObject {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, ""]));
}

function legacyOf(annotation: string): JsonObject {
  return { type: "kubernetes.io/dockercfg", data: LEGACY_DATA, metadata: { annotations: { [annotation]: "default" } } };
}

function ownedBy(owner: string): JsonObject {
  const slash = owner.lastIndexOf("/");
  return {
    ownerReferences: [{ apiVersion: owner.slice(0, slash), kind: owner.slice(slash + 1), name: "o", uid: "1" }],
  };
}

for (const [title, secret, expected] of [
  ["a malformed Secret that is opted out", secretOf("x", "{", OPTED_OUT), ["malformed", "not-json", []]],
  ["an empty Secret that is opted out", secretOf("x", { auths: {} }, OPTED_OUT), ["ignored", "opted-out", []]],
  ["an opted-out Secret of another type", { type: "Opaque", metadata: OPTED_OUT }, ["ignored", "other-type", []]],
  ["an opted-out Secret", secretOf("x", PAYLOAD, OPTED_OUT), ["ignored", "opted-out", KEYS]],
  [
    "a Secret that opts in",
    secretOf("x", PAYLOAD, { labels: { "pullring.dev/inject": "true" } }),
    ["usable", null, KEYS],
  ],
  [
    "a Secret being deleted",
    secretOf("x", PAYLOAD, { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    ["ignored", "being-deleted", KEYS],
  ],
  [
    "a Secret with a null time of deletion",
    secretOf("x", PAYLOAD, { deletionTimestamp: null }),
    ["usable", null, KEYS],
  ],
  ...(["v1/Pod", "batch/v1/Job"] as const).map(
    (owner) =>
      [`a Secret that a ${owner} owns`, secretOf("x", PAYLOAD, ownedBy(owner)), ["ignored", "owned", KEYS]] as const,
  ),
  ["a Secret that an operator's object owns", secretOf("x", PAYLOAD, ownedBy("x.io/v1/Pod2")), ["usable", null, KEYS]],
  ...[{}, { auth: "Og==" }, { username: "", password: "" }, { username: "u", password: "p", auth: "Og==" }, null].map(
    (entry) =>
      [
        `a Secret with the entry ${JSON.stringify(entry)} alone`,
        secretOf("x", { auths: { "quay.io": entry } }),
        ["ignored", "void-entry", ["quay.io"]],
      ] as const,
  ),
  [
    "a Secret with one entry of two that is filled",
    secretOf("x", { auths: { "a.io": {}, "b.io": LOGIN } }),
    ["usable", null, ["a.io", "b.io"]],
  ],
  [
    "a Secret with a user name alone",
    secretOf("x", { auths: { "a.io": { username: "u" } } }),
    ["usable", null, ["a.io"]],
  ],
  [
    "a Secret whose only filled entry has a key that covers no image",
    secretOf("x", { auths: { "a.io": {}, "index.docker.io/acme": LOGIN } }),
    ["ignored", "void-entry", ["a.io", "index.docker.io/acme"]],
  ],
  [
    "a Secret whose keys are no URLs",
    secretOf("x", { auths: { "a.io\n": LOGIN, "b.io:*": LOGIN } }),
    ["empty", "key-not-a-url", []],
  ],
  [
    "a Secret of 4,999 entries",
    secretOf("x", { auths: { ...numbered(4_998), "quay.io": LOGIN } }),
    ["ignored", "too-many-members", []],
  ],
  [
    "a Secret of 5,001 header fields",
    secretOf("x", { auths: PAYLOAD.auths, HttpHeaders: numbered(5_001) }),
    ["ignored", "too-many-members", []],
  ],
  [
    "a Secret of one entry, again and again",
    secretOf("x", `{"auths":{${'"quay.io":{},'.repeat(5_000)}"quay.io":{}}}`),
    ["ignored", "too-many-members", []],
  ],
  [
    "a Secret of 5,001 fields that the kubelet passes over",
    secretOf("x", { ...PAYLOAD, more: numbered(5_001) }),
    ["usable", null, KEYS],
  ],
  ["an older OpenShift Secret of a ServiceAccount", legacyOf("kubernetes.io/service-account.name"), OPENSHIFT],
  [
    "a newer OpenShift Secret of a ServiceAccount",
    legacyOf("openshift.io/internal-registry-auth-token.service-account"),
    OPENSHIFT,
  ],
  ["a legacy Secret with another annotation", legacyOf("a"), ["usable", null, ["reg.io"]]],
  [
    "a docker config Secret with the OpenShift annotation",
    secretOf("x", PAYLOAD, { annotations: { "kubernetes.io/service-account.name": "default" } }),
    ["usable", null, KEYS],
  ],
] as const) {
  test(`${title} is ${expected[0]}${expected[1] === null ? "" : `: ${expected[1]}`}`, () => {
    const { status, reason, registries } = readEligibleCredential(secret as JsonObject);
    assert.deepEqual([status, reason?.code ?? null, registries], expected);
  });
}
