import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeResponse } from "../../../src/server/admission/review-handler.ts";

test("the response holds the patch as JSON in base64", () => {
  const patch = [{ op: "add" as const, path: "/spec/imagePullSecrets", value: [{ name: "é" }] }];
  const { response } = JSON.parse(
    encodeResponse("u-1", { reason: null, injected: ["é"], removed: [], patch, warnings: ["w"] }),
  );
  assert.equal(Buffer.from(response.patch, "base64").toString(), JSON.stringify(patch));
  assert.deepEqual([response.uid, response.allowed, response.warnings], ["u-1", true, ["w"]]);
});

test("a patch that is not well-formed is refused, and not quoted", () => {
  const patch = [{ op: "add" as const, path: "no pointer", value: [] }];
  assert.throws(
    () => encodeResponse("u", { reason: null, injected: ["a"], removed: [], patch, warnings: [] }),
    (error: Error) => /well-formed/.test(error.message) && !error.message.includes("no pointer"),
  );
});
