/** Requests to the API server: what becomes of each status, and of credentials that are refused. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { makeLocalCertificate } from "../../../src/certificates/issue.ts";
import { type ApiRequest, retryAfterMsOf } from "../../../src/cluster/api/api-client.ts";
import { ManualClock } from "../../manual-clock.ts";
import { FIRST_TOKEN, moment, startBed, until } from "../testbed.ts";

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
    await assert.rejects(client.delete(requestOf(t), {}), expected);
  });
}

test("a write that comes too late is a conflict, no error", async (t) => {
  const { client, server } = await startBed(t);
  server.fault = () => ({ status: 409 });
  assert.equal(await client.put(requestOf(t), {}), "conflict");
  assert.equal(await client.post(requestOf(t), {}), "conflict");
  assert.equal(await client.delete(requestOf(t), {}), "conflict");
  server.fault = () => ({ status: 404 });
  assert.equal(await client.put(requestOf(t), {}), "conflict");
  assert.equal(await client.delete(requestOf(t), {}), "conflict");
  await assert.rejects(client.post(requestOf(t), {}), { status: 404 });
});

test("deletes what it has seen, and the connection is of use afterwards: the body of a delete has an end", async (t) => {
  const { client, server } = await startBed(t);
  const version = server.store.put("secrets", { namespace: "a", name: "b" }, {});
  const preconditions = { resourceVersion: String(version) };
  const outcomes: string[] = [];
  for (const options of [{ preconditions: { resourceVersion: "1" } }, { preconditions }, { preconditions }]) {
    outcomes.push(await client.delete(requestOf(t), { kind: "DeleteOptions", ...options }));
    await moment(10);
  }
  assert.equal(await client.get(requestOf(t)), undefined);
  assert.deepEqual(outcomes, ["conflict", "deleted", "conflict"]);
  assert.equal(new Set(server.requests.map(({ port }) => port)).size, 1);
});

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

for (const [title, isSlow, sent] of [
  ["is sent again, on a new connection, where nothing else is answered", false, 2],
  ["goes on alone where another one is answered: the server is slow, and its connections are alive", true, 1],
] as const) {
  test(`a silent request ${title}`, async (t) => {
    const clock = new ManualClock();
    const { client, server } = await startBed(t, { clock });
    server.fault = ({ name }) => (name === "silent" ? { hang: true } : undefined);
    const portsOf = (name: string): readonly (number | undefined)[] =>
      server.requests.filter((seen) => seen.name === name).map(({ port }) => port);
    await client.get(requestOf(t));
    clock.advance(1_000);
    client.get(requestOf(t, { path: "/api/v1/namespaces/a/secrets/silent", hedgeAfterMs: 500 })).catch(() => undefined);
    await until(() => portsOf("silent").length === 1);
    clock.advance(400);
    if (isSlow) await client.get(requestOf(t));
    clock.advance(100);
    await moment(0);
    // What is sent from now on tells which connections are in use.
    await client.get(requestOf(t));
    const [before, last] = portsOf("b").slice(-2);
    assert.equal(before === last, isSlow);
    await until(() => portsOf("silent").length === sent);
  });
}

test("reads Retry-After in seconds and as a date", () => {
  const headers = ["2", "Thu, 01 Jan 1970 00:00:05 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "soon", ""];
  const delays = headers.map((header) => retryAfterMsOf(header, 1_000));
  assert.deepEqual(delays, [2_000, 4_000, 0, undefined, undefined]);
});
