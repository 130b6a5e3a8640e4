/** What the review handler does besides its response: logs, observers, live reads, bugs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { NamespaceView } from "../../../src/core/admission/namespace-view.ts";
import type { CredentialSource, LiveReadResult } from "../../../src/server/admission/ports.ts";
import { startTestServer, type TestServerOptions } from "../running-server.ts";
import { EMPTY_SOURCE, EXAMPLE_SOURCE, PASSWORD } from "./example-source.ts";
import { POD } from "./pod-review.ts";

async function answerPod(options: TestServerOptions, body: string = POD) {
  const server = await startTestServer(options);
  try {
    const answer = await server.call({ body });
    return { response: JSON.parse(answer.text).response, server, status: answer.status };
  } finally {
    await server.stop();
  }
}

test("an injection is one line at info with the names of the conventions", async () => {
  const { server } = await answerPod({ source: EXAMPLE_SOURCE, level: "info" });
  const lines = server.linesOf("Injected image pull secrets");
  assert.equal(lines.length, 1);
  const { ts, duration, requestID, ...fields } = lines[0] ?? {};
  assert.equal(typeof duration, "number");
  assert.equal(requestID, JSON.parse(POD).request.uid);
  assert.match(String(ts), /^\d{4}-/);
  assert.deepEqual(fields, {
    level: "info",
    version: "1.2.3",
    logger: "webhook",
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
  const [mutated, observed] = await Promise.all(
    ["/mutate?timeout=3s", "/observe?timeout=3s"].map(async (path) => {
      const server = await startTestServer({ source: EXAMPLE_SOURCE, level: "info" });
      try {
        const { response } = JSON.parse((await server.call({ body: POD, path })).text);
        const { ts: _, duration: __, ...line } = server.linesOf("Injected image pull secrets")[0] ?? {};
        const counted = server.observed.map(({ durationSeconds: ___, ...rest }) => rest);
        return { response, line, counted };
      } finally {
        await server.stop();
      }
    }),
  );
  const { patch, patchType: _, ...response } = mutated?.response ?? {};
  assert.ok(patch);
  assert.deepEqual(observed, { ...mutated, response });
});

test("a skip is told at debug alone", async () => {
  const quiet = await answerPod({ level: "info" });
  assert.equal(quiet.server.linesOf("Skipped an object").length, 0);
  const { server } = await answerPod({ level: "debug" });
  assert.equal(server.linesOf("Skipped an object")[0]?.reason, "no-credential");
});

test("an untrusted name in a log is bounded and on one line", async () => {
  const review = JSON.parse(POD);
  review.request.name = `a\n"b${"c".repeat(9999)}`;
  const { server } = await answerPod({ source: EXAMPLE_SOURCE }, JSON.stringify(review));
  const [line] = server.linesOf("Injected image pull secrets");
  assert.equal(String(line?.name).length, 256);
});

for (const result of ["fresh", "timeout", "busy", "failed"] as const satisfies readonly LiveReadResult[]) {
  test(`a live read that ends as ${result} decides with the view that it gives`, async () => {
    const source: CredentialSource = {
      view: EMPTY_SOURCE.view,
      readLive: async ({ namespace, serviceAccountName }) => {
        return { view: EXAMPLE_SOURCE.view(namespace, serviceAccountName), result };
      },
    };
    const { response, server } = await answerPod({ source });
    assert.equal(response.auditAnnotations.injected, "regcred");
    assert.deepEqual(
      server.observed.map(({ outcome: told, liveRead }) => [told, liveRead]),
      [["injected", { scope: "namespace", result }]],
    );
  });
}

test("a live read of the ServiceAccount alone brings the names that it has by then", async () => {
  const review = JSON.parse(POD);
  review.request.object.metadata.annotations = { "pullring.dev/injected": "regcred" };
  review.request.object.spec.imagePullSecrets = [{ name: "regcred" }];
  const asked: unknown[] = [];
  const source: CredentialSource = {
    view: EXAMPLE_SOURCE.view,
    readLive: async (question) => {
      asked.push(question);
      return { view: EXAMPLE_SOURCE.view("t", "puller"), result: "fresh" };
    },
  };
  const { response, server } = await answerPod({ source }, JSON.stringify(review));
  const place = { namespace: "t", serviceAccountName: "default" };
  assert.deepEqual(asked, [{ ...place, scope: "serviceaccount", limitMs: 2_500 }]);
  assert.equal(response.auditAnnotations.injected, "sa-cred");
  assert.deepEqual(server.observed[0]?.liveRead, { scope: "serviceaccount", result: "fresh" });
});

test("no live read is made where the list of the Pod serves every image", async () => {
  let reads = 0;
  const source: CredentialSource = {
    view: EXAMPLE_SOURCE.view,
    readLive: async ({ namespace, serviceAccountName }) => {
      reads += 1;
      return { view: EXAMPLE_SOURCE.view(namespace, serviceAccountName), result: "fresh" };
    },
  };
  const review = JSON.parse(POD);
  review.request.object.spec.imagePullSecrets = [{ name: "regcred" }];
  await answerPod({ source }, JSON.stringify(review));
  assert.equal(reads, 0);
});

test("a decision that fails after its live read is counted with the read", async () => {
  const broken = { ...EMPTY_SOURCE.view("t", "default"), keyring: undefined } as unknown as NamespaceView;
  const source: CredentialSource = {
    view: EMPTY_SOURCE.view,
    readLive: async () => ({ view: broken, result: "fresh" }),
  };
  const { response, server } = await answerPod({ source });
  assert.equal(response.allowed, true);
  assert.deepEqual(
    server.observed.map(({ outcome, liveRead }) => [outcome, liveRead]),
    [["error", { scope: "namespace", result: "fresh" }]],
  );
});

const BUGS: readonly [title: string, source: CredentialSource][] = [
  [
    "view",
    {
      view: () => {
        throw new TypeError(`no ${PASSWORD}\n    at ${PASSWORD}`);
      },
    },
  ],
  ["live read", { view: EMPTY_SOURCE.view, readLive: () => Promise.reject(new Error("outer", { cause: PASSWORD })) }],
];

for (const [title, source] of BUGS) {
  test(`a bug in the ${title} allows the request and logs the uid without content`, async () => {
    const { response, server, status } = await answerPod({ source });
    const { uid } = JSON.parse(POD).request;
    assert.equal(status, 200);
    assert.deepEqual(response, { uid, allowed: true, auditAnnotations: { skipped: "error" } });
    const [line] = server.linesOf("Answered without a decision");
    assert.equal(line?.requestID, uid);
    assert.ok(JSON.stringify(line?.err).includes("review-handler.test.ts"));
    assert.ok(!server.log().includes(PASSWORD));
    assert.deepEqual(
      server.observed.map(({ outcome }) => outcome),
      ["error"],
    );
  });
}
