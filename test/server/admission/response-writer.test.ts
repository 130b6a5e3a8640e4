/** The writer gives, each time, the text that serialising the whole answer gives. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeReview } from "../../../src/core/admission/review.ts";
import { SKIP_REASONS, type SkipReason } from "../../../src/core/admission/skip-reason.ts";
import { createResponseWriter } from "../../../src/server/admission/response-writer.ts";
import { checkProperty } from "../../core/admission/property.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

const names = fc.uniqueArray(fc.constantFrom("a", "b", "é", "a,b", 'q"'), { minLength: 1 });
const skip = fc.record({
  reason: fc.constantFrom(...(Object.keys(SKIP_REASONS) as SkipReason[])),
  injected: fc.constant([]),
  patch: fc.constant([]),
  warnings: fc.array(fc.string(), { maxLength: 6 }),
});
const injection = fc
  .tuple(names, fc.constantFrom("", "/spec/template"), fc.array(fc.string(), { maxLength: 2 }))
  .map(([injected, pointer, warnings]) => {
    const value = injected.map((name) => ({ name }));
    const path = `${pointer}/spec/imagePullSecrets`;
    return { reason: null, injected, patch: [{ op: "add" as const, path, value }], warnings };
  });

test("an answer is the text of the whole review, whatever was answered before", () => {
  checkProperty(
    fc.property(fc.array(fc.tuple(fc.string(), fc.oneof(skip, injection)), { maxLength: 30 }), (answers) => {
      const write = createResponseWriter();
      for (const [uid, outcome] of [...answers, ...answers]) {
        assert.equal(write(uid, outcome), JSON.stringify(encodeReview(uid, outcome, base64)));
      }
    }),
  );
});

test("a patch that is not well-formed is refused each time", () => {
  const write = createResponseWriter();
  const patch = [{ op: "add" as const, path: "no pointer", value: [] }];
  for (let time = 0; time < 2; time += 1) {
    assert.throws(() => write("u", { reason: null, injected: ["a"], patch, warnings: [] }), /well-formed/);
  }
});
