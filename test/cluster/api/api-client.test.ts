/** Requests to the API server: what becomes of each status, and of credentials that are refused. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { makeLocalCertificate } from "../../../src/certificates/issue.ts";
import { type ApiRequest, retryAfterMsOf } from "../../../src/cluster/api/api-client.ts";
import { ManualClock } from "../../manual-clock.ts";
import { FIRST_TOKEN, moment, startBed } from "../testbed.ts";

/** A GET of the Secret `b` in namespace `a`. */
function requestOf(t: TestContext, choices: Partial<ApiRequest> = {}): ApiRequest {
  return {
    path: "/api/v1/namespaces/a/secrets/b",
    query: {},
    rule: { verb: "get", resource: "secrets", namespace: "a", name: "b" },
    idleTimeoutMs: 10_000,
    signal: t.signal,
    ...choices,
  };
}

test("gives the body of an answer, and undefined for what is not there", async (t) => {
  const { client, server } = await startBed(t);
  assert.equal(await client.get(requestOf(t)), undefined);
  server.store.put("secrets", { namespace: "a", name: "b" }, {});
  const answer = await client.get(requestOf(t, { query: { left: undefined, limit: 5 } }));
  assert.match(await text(answer ?? Readable.from([])), /"name":"b"/);
  assert.equal(server.requests.at(-1)?.query.toString(), "limit=5");
});

for (const [status, headers, expected] of [
  [403, {}, { message: "missing right: get secrets/b in namespace a", status: 403 }],
  [429, { "retry-after": "7" }, { message: "status 429 for: get secrets/b in namespace a", retryAfterMs: 7_000 }],
  [500, {}, { message: "status 500 for: get secrets/b in namespace a", retryAfterMs: undefined }],
] as const) {
  test(`throws for status ${status} what a person can act on, reading and writing`, async (t) => {
    const { client, server } = await startBed(t);
    server.fault = () => ({ status, headers });
    await assert.rejects(client.get(requestOf(t)), expected);
    await assert.rejects(client.put(requestOf(t), {}), expected);
    await assert.rejects(client.post(requestOf(t), {}), expected);
  });
}

test("uses a connection again after a refusal", async (t) => {
  const { client, server } = await startBed(t);
  for (let i = 0; i < 5; i += 1) {
    assert.equal(await client.get(requestOf(t)), undefined);
    await moment(10);
  }
  assert.equal(new Set(server.requests.map(({ port }) => port)).size, 1);
});

test("sends a request again, read or write, with the credentials of a configuration that was replaced", async (t) => {
  const { client, server, kubeconfig } = await startBed(t);
  server.store.put("secrets", { namespace: "a", name: "b" }, {});
  server.token = FIRST_TOKEN;
  await text((await client.get(requestOf(t))) ?? Readable.from([]));
  server.token = "token-two";
  writeFileSync(kubeconfig, readFileSync(kubeconfig, "utf8").replace('"tokenFile":"token"', '"token":"token-two"'));
  assert.equal(await client.put(requestOf(t), { metadata: { name: "b", namespace: "a" } }), "written");
  const seen = server.requests.map(({ verb, token }) => `${verb} ${token}`);
  assert.deepEqual(seen, [`get ${FIRST_TOKEN}`, `update ${FIRST_TOKEN}`, "update token-two"]);
});

test("reads the configuration once for any number of requests that are refused at a time", async (t) => {
  const clock = new ManualClock();
  const { client, server, loads } = await startBed(t, { clock });
  server.token = "never";
  const storm = (): Promise<unknown> => Promise.allSettled(Array.from({ length: 10 }, () => client.get(requestOf(t))));
  await storm();
  assert.equal(loads(), 2);
  clock.advance(1_000);
  await storm();
  assert.equal(loads(), 3);
});

test("trusts a new CA that was written into the kubeconfig itself, without a restart", async (t) => {
  const { client, server, kubeconfig } = await startBed(t);
  const next = await makeLocalCertificate(Date.now());
  server.replaceCertificate(next);
  server.resetConnections();
  const caData = Buffer.from(next.caCert).toString("base64");
  const config = readFileSync(kubeconfig, "utf8");
  writeFileSync(
    kubeconfig,
    config.replace(/"certificate-authority":"[^"]*"/, `"certificate-authority-data":"${caData}"`),
  );
  await assert.rejects(client.get(requestOf(t)), /no answer: CERT_SIGNATURE_FAILURE/);
  assert.equal(await client.get(requestOf(t)), undefined);
});

test("reads Retry-After in seconds and as a date", () => {
  const headers = ["2", "Thu, 01 Jan 1970 00:00:05 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "soon", ""];
  const delays = headers.map((header) => retryAfterMsOf(header, 1_000));
  assert.deepEqual(delays, [2_000, 4_000, 0, undefined, undefined]);
});
