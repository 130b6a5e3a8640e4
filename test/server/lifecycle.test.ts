/** Slow, silent and leaving clients; the end of a server. Times are small and only ever waited for, never measured. */
import assert from "node:assert/strict";
import { connect as connectTcp } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type TLSSocket } from "node:tls";
import type { AppError } from "../../src/core/app-error.ts";
import { EMPTY_SOURCE, EXAMPLE_SOURCE } from "./admission/example-source.ts";
import { POD } from "./admission/pod-review.ts";
import { admin, startFor, type TestServer } from "./running-server.ts";

const HEAD =
  "POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n";
const LOST = "Lost a request before its body was whole";

function open(server: TestServer): TLSSocket {
  return connect({ ...server.server.address, ca: server.ca });
}

/** All that the server sends until it closes. */
function readToEnd(socket: TLSSocket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(text));
  });
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    await sleep(10);
  }
}

test("a body that stops is given up, with a debug line and nothing kept", {
  timeout: 20_000,
}, async (context) => {
  const server = await startFor(context, { limits: { silenceTimeoutMs: 200 } });
  const socket = open(server);
  socket.write(`${HEAD}{"kind":`);
  await readToEnd(socket);
  await until(() => server.linesOf(LOST).length === 1);
  assert.equal(server.observed.length, 0);
});

test("a body that trickles is answered 408 at the end of its time", { timeout: 20_000 }, async (context) => {
  const limits = { headersTimeoutMs: 300, requestTimeoutMs: 300, checkIntervalMs: 50 };
  const server = await startFor(context, { limits });
  const socket = open(server);
  socket.write(HEAD);
  const trickle = setInterval(() => socket.write(" "), 50);
  const text = await readToEnd(socket);
  clearInterval(trickle);
  assert.match(text, /^HTTP\/1\.1 408 /);
  await until(() => server.linesOf(LOST).length === 1);
});

test("a client that leaves in the middle of a body costs a debug line", {
  timeout: 20_000,
}, async (context) => {
  const server = await startFor(context);
  const socket = open(server);
  socket.on("error", () => undefined);
  socket.write(`${HEAD}{"kind":`, () => socket.destroy());
  await until(() => server.linesOf(LOST).length === 1);
  assert.equal((await server.call({ body: POD })).status, 200);
});

test("a client that says nothing is let go, before and after its handshake", {
  timeout: 20_000,
}, async (context) => {
  const server = await startFor(context, { limits: { silenceTimeoutMs: 200, handshakeTimeoutMs: 200 } });
  await readToEnd(open(server));
  const raw = connectTcp(server.server.address);
  await new Promise((resolve) => {
    raw
      .on("error", () => undefined)
      .on("close", resolve)
      .resume();
  });
});

test("headers over the limit are answered 431", { timeout: 20_000 }, async (context) => {
  const server = await startFor(context);
  const socket = open(server);
  socket.write(`GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n\r\n`);
  assert.match(await readToEnd(socket), /^HTTP\/1\.1 431 /);
});

test("an endless body is cut off after an answer of 413", { timeout: 20_000 }, async (context) => {
  const server = await startFor(context, { limits: { maxBodyBytes: 1000 } });
  const socket = open(server);
  socket.write(HEAD.replace("999", "99999999") + " ".repeat(2500));
  assert.match(await readToEnd(socket), /^HTTP\/1\.1 413 .*Connection: close/is);
});

test("a draining server is not ready, answers all and asks to close", {
  timeout: 20_000,
}, async (context) => {
  const server = await startFor(context, { source: EXAMPLE_SOURCE });
  const before = await server.call({ body: POD });
  assert.equal(before.headers.connection, "keep-alive");
  const drained = server.server.drain(2000);
  const answers = await Promise.all(Array.from({ length: 60 }, () => server.call({ body: POD })));
  assert.ok(answers.every(({ status, headers }) => status === 200 && headers.connection === "close"));
  assert.equal((await server.call({ method: "GET", path: "/" })).headers.connection, "close");
  assert.deepEqual(
    [(await admin(server, "/readyz")).status, (await admin(server, "/livez")).status],
    [503, 200],
  );
  assert.match((await admin(server, "/readyz")).text, /^drain: /);
  await drained;
  await assert.rejects(server.call({ body: POD }), { code: "ECONNREFUSED" });
  await assert.rejects(admin(server, "/livez"), { code: "ECONNREFUSED" });
});

test("an answer under way is given before the server ends", { timeout: 20_000 }, async (context) => {
  let answerNow: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    answerNow = resolve;
  });
  let isAsked = false;
  const server = await startFor(context, {
    source: {
      view: EMPTY_SOURCE.view,
      readLive: async ({ namespace, serviceAccountName }) => {
        isAsked = true;
        await asked;
        return { view: EXAMPLE_SOURCE.view(namespace, serviceAccountName), result: "fresh" };
      },
    },
  });
  const answer = server.call({ body: POD });
  await until(() => isAsked);
  const drained = server.server.drain(0);
  await sleep(50);
  answerNow();
  assert.equal((await answer).status, 200);
  await drained;
});

test("a client that never ends cannot keep the server from ending", { timeout: 20_000 }, async (context) => {
  const server = await startFor(context, { limits: { closeTimeoutMs: 200 } });
  const half = open(server);
  half.on("error", () => undefined);
  half.write(HEAD);
  const raw = connectTcp(server.server.address);
  raw.on("error", () => undefined);
  await new Promise((resolve) => half.once("secureConnect", resolve));
  await server.server.drain(0);
});

test("an address in use is an error that names it", { timeout: 20_000 }, async (context) => {
  const { startWebhookServer } = await import("../../src/server/https-server.ts");
  const { DEFAULT_LIMITS } = await import("../../src/server/limits/server-limits.ts");
  const { collectLog } = await import("./running-server.ts");
  const server = await startFor(context);
  const { address } = server.server;
  await assert.rejects(
    startWebhookServer({
      listen: address,
      certificates: { current: () => undefined, onChange: () => undefined },
      onRejection: () => undefined,
      reviews: { handle: async (body) => body },
      limits: DEFAULT_LIMITS,
      logger: collectLog("silent").logger,
    }),
    ({ code, message }: AppError) =>
      code === "ERR_LISTEN" && message === `address 127.0.0.1:${address.port} is in use by another program`,
  );
});
