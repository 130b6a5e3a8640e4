/** The table of inputs and answers, over real HTTPS. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { EXAMPLE_SOURCE, POD } from "./admission/example-source.ts";
import { type Call, startTestServer, type TestServer } from "./running-server.ts";

const MAX_BODY_BYTES = 100_000;

let server: TestServer;
before(async () => {
  server = await startTestServer({ source: EXAMPLE_SOURCE, limits: { maxBodyBytes: MAX_BODY_BYTES } });
});
after(() => server.stop());

const API_VERSION = "admission.k8s.io/v1";
const review = (request: unknown): string =>
  JSON.stringify({ apiVersion: API_VERSION, kind: "AdmissionReview", request });

const REFUSALS: readonly [title: string, call: Call, status: number, text: RegExp][] = [
  ["no body", {}, 400, /^the body is not JSON\n$/],
  ["half of a review", { body: POD.slice(0, 999) }, 400, /^the body is not JSON\n$/],
  ["JSON null", { body: "null" }, 400, /not an AdmissionReview\n$/],
  ["another kind", { body: '{"kind":"Pod"}' }, 400, /not an AdmissionReview\n$/],
  [
    "the beta version",
    { body: POD.replace('"admission.k8s.io/v1"', '"admission.k8s.io/v1beta1"') },
    400,
    /^the apiVersion .* is not admission\.k8s\.io\/v1\n$/,
  ],
  ["no uid", { body: review({ kind: { kind: "Pod" } }) }, 400, /has no uid\n$/],
  ["a body over the limit", { body: " ".repeat(MAX_BODY_BYTES + 1) }, 413, /longer than 100000 bytes\n$/],
  ["no content type", { body: POD, headers: { "Content-Type": "" } }, 415, /not application\/json\n$/],
  ["YAML", { body: POD, headers: { "Content-Type": "application/yaml" } }, 415, /not application\/json\n$/],
  [
    "JSON patch, whose name begins alike",
    { body: POD, headers: { "Content-Type": "application/json-patch+json" } },
    415,
    /not application\/json\n$/,
  ],
  ["a compressed body", { body: POD, headers: { "Content-Encoding": "gzip" } }, 415, /encoded/],
  ["another path", { body: POD, path: "/mutated" }, 404, /^no such path\n$/],
  ["the path in capitals", { body: POD, path: "/MUTATE" }, 404, /^no such path\n$/],
  ["a path that cannot be decoded", { method: "GET", path: "/%E0%A4%A" }, 404, /^no such path\n$/],
];

for (const [title, call, status, text] of REFUSALS) {
  test(`${title} is answered ${status} with one line`, async () => {
    const answer = await server.call(call);
    assert.equal(answer.status, status);
    assert.match(answer.text, text);
    assert.equal(answer.text.split("\n").length, 2);
    assert.match(answer.headers["content-type"] ?? "", /^text\/plain/);
  });
}

test("other methods are answered 405 and told what is allowed", async () => {
  for (const [method, path, allowed] of [
    ["GET", "/mutate", "POST"],
    ["PUT", "/observe", "POST"],
    ["POST", "/", "GET, HEAD"],
  ] as const) {
    const answer = await server.call({ method, path });
    assert.deepEqual([answer.status, answer.headers.allow], [405, allowed]);
  }
});

test("the index tells what this is and no more", async () => {
  const { status, text, headers } = await server.call({ method: "GET", path: "/" });
  assert.deepEqual([status, headers["x-powered-by"]], [200, undefined]);
  assert.match(text, /POST \/mutate/);
});

const WELCOME: readonly [title: string, call: Call][] = [
  ["without a query string", { path: "/mutate" }],
  ["with parameters of the content type", { headers: { "Content-Type": "Application/JSON ; charset=utf-8" } }],
  ["in chunks, without a length", { headers: { "Transfer-Encoding": "chunked" } }],
  ["of exactly the longest length", { body: POD + " ".repeat(MAX_BODY_BYTES - Buffer.byteLength(POD)) }],
];

for (const [title, call] of WELCOME) {
  test(`a review ${title} is answered`, async () => {
    const answer = await server.call({ body: POD, ...call });
    assert.equal(answer.status, 200);
    assert.equal(JSON.parse(answer.text).response.auditAnnotations.injected, "regcred");
  });
}

test("a connection serves many requests, refused ones among them", async () => {
  const ports = new Set<number | undefined>();
  const note = (socket: { readonly localPort?: number }) => void ports.add(socket.localPort);
  server.agent.on("free", note);
  for (const body of [POD, "{", POD, "null", POD]) await server.call({ body });
  server.agent.off("free", note);
  assert.equal(ports.size, 1);
});
