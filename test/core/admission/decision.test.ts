import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../../../src/core/admission/decision.ts";
import type { NamespaceView } from "../../../src/core/admission/namespace-view.ts";
import { buildKeyring } from "../../../src/core/kubelet/keyring.ts";
import { credentialOf, podOf, requestOf, viewOf } from "./examples.ts";

const QUAY = viewOf([credentialOf("quay", "quay.io")], { imagePullSecrets: ["s1"] });

test("an injection tells what was put into the list, the ServiceAccount's names first", () => {
  const { outcome, reason, injected, patch, warnings } = decide(requestOf(podOf(["quay.io/a"])), () => QUAY);
  assert.deepEqual(
    { outcome, reason, injected, warnings },
    { outcome: "inject", reason: null, injected: ["s1", "quay"], warnings: [] },
  );
  assert.equal(patch.length, 1);
});

test("a skip has one reason, no patch and nothing injected", () => {
  const { outcome, reason, injected, patch } = decide(requestOf(podOf(["ghcr.io/a"])), () => QUAY);
  assert.deepEqual(
    { outcome, reason, injected, patch },
    { outcome: "skip", reason: "no-credential", injected: [], patch: [] },
  );
});

test("the namespace is the request's, not the object's", () => {
  const asked: (readonly string[])[] = [];
  const pod = podOf(["quay.io/a"], undefined, { namespace: "elsewhere" });
  decide(requestOf(pod, { namespace: "here" }), (...question) => {
    asked.push(question);
    return QUAY;
  });
  assert.deepEqual(asked, [["here", "default"]]);
});

test("a request that filtered skips asks for no credentials", () => {
  const decision = decide(requestOf(podOf([]), { subResource: "status" }), () => assert.fail("asked"));
  assert.deepEqual([decision.outcome, decision.reason, decision.plan], ["skip", "subresource", null]);
});

test("an unknown ServiceAccount counts as a plain one", () => {
  const view: NamespaceView = { keyring: buildKeyring([credentialOf("quay", "quay.io")]), serviceAccount: undefined };
  assert.deepEqual(decide(requestOf(podOf(["quay.io/a"])), () => view).injected, ["quay"]);
});
