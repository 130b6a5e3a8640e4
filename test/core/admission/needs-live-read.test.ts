/** When a decision waits for a live read, and of what. Each row that wants none is a request that is never sent. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../../../src/core/admission/decision.ts";
import type { NamespaceView } from "../../../src/core/admission/namespace-view.ts";
import type { LiveReadScope } from "../../../src/core/admission/needs-live-read.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";
import { credentialOf, deploymentOf, injectedBefore, podOf, requestOf, viewOf } from "./examples.ts";

const CREDENTIALS = [credentialOf("quay", "quay.io"), credentialOf("ghcr", "ghcr.io")];
const PLAIN = viewOf(CREDENTIALS);
const SERVING = viewOf(CREDENTIALS, { imagePullSecrets: ["quay"] });
const STRICT = viewOf(CREDENTIALS, { imagePullSecrets: ["ghcr"], enforcesMountableSecrets: true });
const UNKNOWN: NamespaceView = { keyring: PLAIN.keyring, serviceAccount: undefined };

const pod = (image: string, listed?: readonly string[], ...ours: readonly string[]): JsonObject =>
  podOf([image], listed, ours.length > 0 ? injectedBefore(...ours) : {});
const template = (...choices: Parameters<typeof pod>): JsonObject => deploymentOf(pod(...choices));

const FOLLOWED: NamespaceView = { ...PLAIN, isFollowed: true };
const controlled = (object: JsonObject): JsonObject => ({
  ...object,
  metadata: { ...(object.metadata as JsonObject), ownerReferences: [{ kind: "ReplicaSet", controller: true }] },
});

const ROWS: readonly (readonly [string, JsonObject, NamespaceView, LiveReadScope | null])[] = [
  ["a Pod with an image that nothing serves", pod("none.io/a"), FOLLOWED, "namespace"],
  ["a template with an image that nothing serves", template("none.io/a"), FOLLOWED, "namespace"],
  ["a Pod whose ServiceAccount forbids what it needs", pod("quay.io/a", ["ghcr"]), STRICT, "namespace"],
  ["an image that cannot be parsed", pod("Bad"), PLAIN, null],

  ["a template that is filled", template("quay.io/a"), FOLLOWED, "namespace"],
  ["a template that is filled, of an unknown account", template("quay.io/a"), UNKNOWN, "namespace"],
  ["a template that stays empty, served by the account", template("quay.io/a"), SERVING, null],
  ["a template with a person's list that serves", template("quay.io/a", ["quay"]), PLAIN, null],
  ["a template with a person's list that is added to", template("quay.io/a", ["ghcr"]), PLAIN, "namespace"],
  ["a template filled before, with nothing to add", template("quay.io/a", ["quay"], "quay"), PLAIN, "serviceaccount"],

  ["a Pod that is added to", pod("quay.io/a"), FOLLOWED, "namespace"],
  ["a Pod that is served by its list", pod("quay.io/a", ["quay"]), PLAIN, null],
  ["a Pod of a filled template", pod("quay.io/a", ["quay"], "quay"), PLAIN, "serviceaccount"],
  ["a Pod of a filled template with a person's name in it", pod("quay.io/a", ["quay", "own"], "quay"), PLAIN, null],

  [
    "a controller's Pod that nothing serves, while the watches are followed",
    controlled(pod("none.io/a")),
    FOLLOWED,
    null,
  ],
  ["a controller's Pod that is added to, while the watches are followed", controlled(pod("quay.io/a")), FOLLOWED, null],
  ["a controller's Pod that nothing serves, while they are not", controlled(pod("none.io/a")), PLAIN, "namespace"],
  ["a controller's Pod that is added to, while they are not", controlled(pod("quay.io/a")), PLAIN, "namespace"],
];

for (const [title, object, view, scope] of ROWS) {
  test(`${title}: ${scope === null ? "no live read" : `a live read of the ${scope}`}`, () => {
    assert.equal(decide(requestOf(object), () => view).liveRead, scope);
  });
}
