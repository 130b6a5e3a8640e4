/** Thousands of hostile bodies through the real server: every answer is in the table, every patch applies, no password is seen. */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import jsonpatch from "fast-json-patch";
import { EXAMPLE_SOURCE, PASSWORD } from "../admission/example-source.ts";
import { type Answer, startTestServer } from "../running-server.ts";
import { createRandom, makeHostileBody } from "./hostile-bodies.ts";

const REVIEWS = new URL("../../fixtures/admission-reviews/", import.meta.url);
const BODIES = 5_000;
const LANES = 8;
/** The few long ones would take most of the time. */
const MAX_REVIEW_LENGTH = 6000;
const FAULT =
  /^(the body is not JSON|the body is not an AdmissionReview|the apiVersion of the AdmissionReview is not admission\.k8s\.io\/v1|the AdmissionReview has no request|the request of the AdmissionReview has no uid)\n$/;
const TOUCHED =
  /^(\/spec(\/jobTemplate\/spec)?\/template)?(\/spec\/imagePullSecrets(\/-)?|\/metadata(\/annotations(\/pullring\.dev~1injected)?)?)$/;

/** The uid by which a body has to be answered; undefined when it is to be refused. Written apart from the code it judges. */
function uidOf(body: string): string | undefined {
  try {
    const { kind, apiVersion, request } = JSON.parse(body);
    const isReview = kind === "AdmissionReview" && apiVersion === "admission.k8s.io/v1";
    const isRequest = typeof request === "object" && request !== null && !Array.isArray(request);
    const uid = isRequest && Object.hasOwn(request, "uid") ? request.uid : undefined;
    return isReview && typeof uid === "string" && uid !== "" ? uid : undefined;
  } catch {
    return undefined;
  }
}

function judge(body: string, { status, text }: Answer): "refused" | "patched" | "skipped" {
  assert.ok(!text.includes(PASSWORD), "a password was answered");
  const uid = uidOf(body);
  if (uid === undefined) {
    assert.equal(status, 400);
    assert.match(text, FAULT);
    return "refused";
  }
  assert.equal(status, 200);
  const { response } = JSON.parse(text);
  assert.deepEqual([response.uid, response.allowed], [uid, true]);
  assert.notEqual(response.auditAnnotations.skipped, "error");
  assert.equal(response.patch === undefined, response.patchType === undefined);
  if (response.patch === undefined) return "skipped";
  const patchText = Buffer.from(response.patch, "base64").toString();
  assert.ok(!patchText.includes(PASSWORD), "a password was patched");
  const patch = JSON.parse(patchText);
  for (const { op, path } of patch) {
    assert.equal(op, "add");
    assert.match(path, TOUCHED);
  }
  jsonpatch.applyPatch(JSON.parse(body).request.object, patch, true, true, false);
  return "patched";
}

test("answers hostile bodies by the table", { timeout: 120_000 }, async (context) => {
  const seed = Number(process.env.PULLRING_TEST_SEED ?? randomInt(2 ** 32));
  context.diagnostic(`seed ${seed} (PULLRING_TEST_SEED)`);
  const random = createRandom(seed);
  const reviews = readdirSync(REVIEWS)
    .map((name) => readFileSync(new URL(name, REVIEWS), "utf8"))
    .filter(({ length }) => length <= MAX_REVIEW_LENGTH);
  const server = await startTestServer({ source: EXAMPLE_SOURCE });
  context.after(server.stop);
  const counts = { refused: 0, patched: 0, skipped: 0 };
  let sent = 0;
  const lane = async (): Promise<void> => {
    while (sent < BODIES) {
      sent += 1;
      const body = makeHostileBody(reviews[sent % reviews.length] ?? "", random, PASSWORD);
      const outcome = judge(body, await server.call({ body }));
      counts[outcome] += 1;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  context.diagnostic(JSON.stringify(counts));
  assert.equal(counts.refused + counts.patched + counts.skipped, BODIES);
  assert.ok(Math.min(...Object.values(counts)) > BODIES / 100, "each outcome is met often");
  assert.equal(server.observed.length, counts.patched + counts.skipped);
  assert.ok(!server.log().includes(PASSWORD), "a password was logged");
  assert.equal(server.linesOf("Answered without a decision").length, 0);
  assert.equal(server.linesOf("Lost a request to a bug").length, 0);
});
