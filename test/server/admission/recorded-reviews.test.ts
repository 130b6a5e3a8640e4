/** The recorded reviews of real API servers through the real server, whole answers compared with golden files. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { startTestServer, type TestServer } from "../running-server.ts";
import { EXAMPLE_SOURCE } from "./example-source.ts";

const REVIEWS = new URL("../../fixtures/admission-reviews/", import.meta.url);
const ANSWERS = new URL("../../fixtures/answers/", import.meta.url);
const NAMES = readdirSync(REVIEWS).sort();

let server: TestServer;
before(async () => {
  server = await startTestServer({ source: EXAMPLE_SOURCE });
});
after(() => server.stop());

test("each of the 35 recorded reviews has a golden answer", () => {
  assert.equal(NAMES.length, 35);
  assert.deepEqual(readdirSync(ANSWERS).sort(), NAMES);
});

for (const name of NAMES) {
  test(`answers ${name} as its golden file says`, async () => {
    const answer = await server.call({ body: readFileSync(new URL(name, REVIEWS)) });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["content-type"], "application/json");
    assert.equal(answer.headers["content-length"], String(Buffer.byteLength(answer.text)));
    assert.deepEqual(readable(answer.text), JSON.parse(readFileSync(new URL(name, ANSWERS), "utf8")));
  });
}

/** The golden files hold the operations themselves in place of their base64. */
function readable(text: string): unknown {
  const review = JSON.parse(text);
  const { patch } = review.response;
  return patch === undefined
    ? review
    : { ...review, response: { ...review.response, patch: JSON.parse(Buffer.from(patch, "base64").toString()) } };
}
