import assert from "node:assert/strict";
import { test } from "node:test";
import { CANARY_ANNOTATION, canaryWarnings } from "../../../src/core/admission/canary.ts";
import { CANARY_SENTENCE, sentenceOfWarning } from "../../../src/core/sentences/warning.ts";
import { podOf, requestOf } from "./examples.ts";

test("a dry run with the annotation has a warning that nobody else gives; another request, or another object, has none", () => {
  const canary = podOf([], undefined, { annotations: { [CANARY_ANNOTATION]: "" } });
  const warnings = canaryWarnings({ ...requestOf(canary), dryRun: true });
  assert.deepEqual(warnings.map(sentenceOfWarning), [CANARY_SENTENCE]);
  assert.deepEqual(canaryWarnings({ ...requestOf(canary), dryRun: false }), []);
  assert.deepEqual(canaryWarnings({ ...requestOf(podOf([])), dryRun: true }), []);
});
