/** What the review handler does besides its response: logs, observers, live reads, bugs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { NamespaceView } from "../../../src/core/admission/namespace-view.ts";
import type { CredentialSource, LiveReadRequest, LiveReadResult } from "../../../src/server/admission/ports.ts";
import { encodeResponse } from "../../../src/server/admission/review-handler.ts";
import { type Call, startTestServer, type TestServerOptions } from "../running-server.ts";
import { EMPTY_SOURCE, EXAMPLE_SOURCE, PASSWORD, POD } from "./example-source.ts";

async function answerPod(options: TestServerOptions, call: Call = {}) {
  const server = await startTestServer(options);
  try {
    const answer = await server.call({ body: POD, ...call });
    return { response: JSON.parse(answer.text).response, server, status: answer.status };
  } finally {
    await server.stop();
  }
}

/** A review of the recorded Pod with other members. */
function podWith(change: (request: typeof recorded) => void): Call {
  const review = JSON.parse(POD);
  change(review.request);
  return { body: JSON.stringify(review) };
}
const recorded = JSON.parse(POD).request;

test("an injection is one line at info with the names of the conventions", async () => {
  const { server } = await answerPod({ source: EXAMPLE_SOURCE, level: "info" });
  const [line, ...others] = server.linesOf("Injected image pull secrets");
  assert.equal(others.length, 0);
  const { ts, duration, ...fields } = line ?? {};
  assert.equal(typeof duration, "number");
  assert.match(String(ts), /^\d{4}-/);
  assert.deepEqual(fields, {
    level: "info",
    version: "1.2.3",
    logger: "webhook",
    requestID: recorded.uid,
    operation: "CREATE",
    kind: "Pod",
    namespace: "t",
    name: "viakubectlrun",
    dryRun: false,
    added: ["regcred"],
    msg: "Injected image pull secrets",
  });
});

test("an observed review is decided, logged, counted and annotated like any other, and changes nothing", async () => {
  const outcomes = ["/mutate?timeout=3s", "/observe?timeout=3s"].map(async (path) => {
    const { response, server } = await answerPod({ source: EXAMPLE_SOURCE, level: "info" }, { path });
    const { ts: _, duration: __, ...line } = server.linesOf("Injected image pull secrets")[0] ?? {};
    const counted = server.observed.map(({ durationSeconds: ___, ...rest }) => rest);
    return { response, line, counted };
  });
  const [mutated, observed] = await Promise.all(outcomes);
  const { patch, patchType: _, ...response } = mutated?.response ?? {};
  assert.ok(patch);
  assert.deepEqual(observed, { ...mutated, response });
});

for (const path of ["/mutate?timeout=3s", "/observe?timeout=3s"]) {
  test(`a dry run with the canary's annotation is answered with a warning, by ${path}`, async () => {
    const warningsOf = async (dryRun: boolean, annotations: object): Promise<unknown> => {
      const call = podWith((request) => {
        request.dryRun = dryRun;
        request.object.metadata.annotations = annotations;
      });
      return (await answerPod({ source: EXAMPLE_SOURCE }, { ...call, path })).response.warnings;
    };
    const canary = { "pullring.dev/canary": "true" };
    assert.deepEqual(await warningsOf(true, canary), ["pullring was asked about this dry run, and this is its answer"]);
    assert.equal(await warningsOf(false, canary), undefined);
    assert.equal(await warningsOf(true, {}), undefined);
  });
}

test("a skip is told at debug alone", async () => {
  const reasons = ["info", "debug"].map(async (level) => {
    const { server } = await answerPod({ level });
    return server.linesOf("Skipped an object").map(({ reason }) => reason);
  });
  assert.deepEqual(await Promise.all(reasons), [[], ["no-credential"]]);
});

test("an untrusted name in a log is bounded and on one line", async () => {
  const call = podWith((request) => {
    request.name = `a\n"b${"c".repeat(9999)}`;
  });
  const { server } = await answerPod({ source: EXAMPLE_SOURCE }, call);
  const [line] = server.linesOf("Injected image pull secrets");
  assert.equal(String(line?.name).length, 256);
});

for (const result of ["fresh", "timeout", "busy", "failed"] as const satisfies readonly LiveReadResult[]) {
  test(`a live read that ends as ${result} decides with the view that it gives`, async () => {
    const readLive: CredentialSource["readLive"] = async ({ namespace, serviceAccountName }) => {
      return { view: EXAMPLE_SOURCE.view(namespace, serviceAccountName), result };
    };
    const { response, server } = await answerPod({ source: { view: EMPTY_SOURCE.view, readLive } });
    assert.equal(response.auditAnnotations.injected, "regcred");
    assert.deepEqual(
      server.observed.map(({ outcome, liveRead }) => [outcome, liveRead]),
      [["injected", { scope: "namespace", result }]],
    );
  });
}

for (const [title, annotations, reads, injected] of [
  ["no live read is made where the list of the Pod serves every image", {}, [], undefined],
  [
    "a live read of the ServiceAccount alone brings the names that it has by then",
    { "pullring.dev/injected": "regcred" },
    [{ namespace: "t", serviceAccountName: "default", scope: "serviceaccount", limitMs: 2_500 }],
    "sa-cred",
  ],
] as const) {
  test(title, async () => {
    const asked: LiveReadRequest[] = [];
    const readLive: CredentialSource["readLive"] = async (question) => {
      asked.push(question);
      return { view: EXAMPLE_SOURCE.view("t", "puller"), result: "fresh" };
    };
    const call = podWith(({ object }) => {
      object.metadata.annotations = annotations;
      object.spec.imagePullSecrets = [{ name: "regcred" }];
    });
    const { response } = await answerPod({ source: { view: EXAMPLE_SOURCE.view, readLive } }, call);
    assert.deepEqual(asked, reads);
    assert.equal(response.auditAnnotations.injected, injected);
  });
}

const broken = { ...EMPTY_SOURCE.view("t", "default"), keyring: undefined } as unknown as NamespaceView;
const thrown = new TypeError(`no ${PASSWORD}\n    at ${PASSWORD}`);

for (const [title, source, liveRead] of [
  [
    "the view",
    {
      view: () => {
        throw thrown;
      },
    },
    undefined,
  ],
  ["a live read", { view: EMPTY_SOURCE.view, readLive: () => Promise.reject(thrown) }, undefined],
  [
    "the decision after a live read, which is counted,",
    { view: EMPTY_SOURCE.view, readLive: async () => ({ view: broken, result: "fresh" }) },
    { scope: "namespace", result: "fresh" },
  ],
] as readonly [string, CredentialSource, unknown][]) {
  test(`a bug in ${title} allows the request and logs the uid without content`, async () => {
    const { response, server, status } = await answerPod({ source });
    const { uid } = recorded;
    assert.equal(status, 200);
    assert.deepEqual(response, { uid, allowed: true, auditAnnotations: { skipped: "error" } });
    const [line] = server.linesOf("Answered without a decision");
    assert.equal(line?.requestID, uid);
    assert.ok(JSON.stringify(line?.err).includes(".ts:"));
    assert.ok(!server.log().includes(PASSWORD));
    assert.deepEqual(
      server.observed.map((observed) => [observed.outcome, observed.liveRead]),
      [["error", liveRead]],
    );
  });
}

test("what a body holds is in no answer and in no line of the log, whether it is a review or not", async () => {
  const hidden = podWith(({ object }) => {
    object.metadata.labels = { [PASSWORD]: PASSWORD };
    object.metadata.annotations = { a: PASSWORD, "pullring.dev/inject": PASSWORD };
    object.spec.containers[0].env = [{ name: "a", value: PASSWORD }];
    object.spec.imagePullSecrets = PASSWORD;
  });
  const foreign = ["kind", "apiVersion"].map((name) => JSON.stringify({ ...JSON.parse(POD), [name]: PASSWORD }));
  const server = await startTestServer({ source: EXAMPLE_SOURCE });
  const statuses: number[] = [];
  for (const body of [String(hidden.body), `{"a":"${PASSWORD}`, `${PASSWORD}${POD}`, `"${PASSWORD}"`, ...foreign]) {
    const { status, text } = await server.call({ body });
    assert.ok(!text.includes(PASSWORD));
    statuses.push(status);
  }
  await server.stop();
  assert.deepEqual(statuses, [200, 400, 400, 400, 400, 400]);
  assert.ok(!server.log().includes(PASSWORD));
});

test("a patch that is not well-formed is refused, and not quoted", () => {
  const patch = [{ op: "add" as const, path: "no pointer", value: [] }];
  assert.throws(
    () => encodeResponse("u", { reason: null, injected: ["a"], removed: [], patch, warnings: [] }),
    (error: Error) => /well-formed/.test(error.message) && !error.message.includes("no pointer"),
  );
});
