import assert from "node:assert/strict";
import { test } from "node:test";
import { sentenceOfReason } from "../../../src/core/sentences/skip-reason.ts";
import { SKIP_REASONS } from "../../../src/core/verdicts/skip-reason.ts";

test("the reasons are a closed set of words for metrics, each with a sentence of one line", () => {
  assert.equal(
    SKIP_REASONS.toSorted().join(" "),
    "already-served has-controller mirror-pod mountable-secrets no-credential no-images no-service-account opted-out " +
      "subresource too-large unchanged-template unhandled-kind unhandled-operation unreadable-object",
  );
  for (const reason of SKIP_REASONS) assert.match(sentenceOfReason(reason), /^[a-zA-Z][^\n]{10,}[^.\n]$/);
});
