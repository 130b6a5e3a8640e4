import assert from "node:assert/strict";
import { test } from "node:test";
import { sentenceOfNotServed } from "../../../src/core/sentences/object.ts";

test("says why the API server does not ask, and what would make it", () => {
  const requirement = "pullring.dev/inject notin (false)";
  for (const [notServed, sentence] of [
    [
      { code: "namespace-not-served", namespace: "quiet", requirement },
      "namespace quiet is left out by its label pullring.dev/inject (pullring.dev/inject notin (false)). Fix: change the label to have it served",
    ],
    [
      { code: "namespace-not-served", namespace: "kube-system", requirement: "a notin (b)" },
      "namespace kube-system is left out: the API server never asks pullring there, as the webhook configuration wants a notin (b). Fix: list the Secrets in the object itself",
    ],
    [
      { code: "object-not-served", requirement: "a" },
      "the API server does not ask pullring about this object, as the webhook configuration wants a",
    ],
    [
      { code: "kind-not-served" },
      "the webhook configuration has no rule for this kind; its Pods are served when they are made",
    ],
  ] as const) {
    assert.equal(sentenceOfNotServed(notServed), sentence);
  }
});
