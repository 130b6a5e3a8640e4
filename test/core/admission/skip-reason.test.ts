import assert from "node:assert/strict";
import { test } from "node:test";
import { SKIP_REASONS } from "../../../src/core/admission/skip-reason.ts";

test("the reasons are a closed set of words for metrics, each with a sentence of one line", () => {
  assert.equal(
    Object.keys(SKIP_REASONS).sort().join(" "),
    "already-served has-controller mirror-pod mountable-secrets no-credential no-images no-service-account opted-out " +
      "subresource too-large unchanged-template unhandled-kind unhandled-operation unreadable-object",
  );
  for (const sentence of Object.values(SKIP_REASONS)) assert.match(sentence, /^[a-zA-Z][^\n]{10,}[^.\n]$/);
});
