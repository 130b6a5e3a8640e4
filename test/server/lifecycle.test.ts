/** Slow, silent and leaving clients; the end of a server. Times are small and only ever waited for, never measured. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { AppError } from "../../src/core/app-error.ts";
import { waitUntil } from "../wait-until.ts";
import { EXAMPLE_SOURCE, POD } from "./admission/example-source.ts";
import { headOf, openRaw, startWaiting, waitingReview } from "./raw-connection.ts";
import { admin, startBare, startFor, type TestServer } from "./running-server.ts";

const LOST = "Lost a request before its body was whole";
const WATCHED = { timeout: 20_000 } as const;

const untilLost = (server: TestServer): Promise<unknown> =>
  waitUntil("a line about a lost request", () => server.linesOf(LOST).length === 1);

test("a body that stops is given up, with a debug line and nothing kept", WATCHED, async (context) => {
  const server = await startFor(context, { limits: { idleTimeoutMs: 200 } });
  const { socket, ended } = await openRaw(context, server);
  socket.write(`${headOf(999)}{"kind":`);
  await ended;
  await untilLost(server);
  assert.equal(server.observed.length, 0);
});

test("a body that trickles is answered 408 at the end of its time", WATCHED, async (context) => {
  const limits = { headersTimeoutMs: 300, requestTimeoutMs: 300, checkIntervalMs: 50 };
  const server = await startFor(context, { limits });
  const { socket, ended } = await openRaw(context, server);
  socket.write(headOf(999));
  const trickle = setInterval(() => socket.write(" "), 50);
  context.after(() => clearInterval(trickle));
  assert.match(await ended, /^HTTP\/1\.1 408 /);
  await untilLost(server);
});

test("a client that says nothing is let go, before and after its handshake", WATCHED, async (context) => {
  const server = await startFor(context, { limits: { idleTimeoutMs: 200, handshakeTimeoutMs: 200 } });
  await (await openRaw(context, server)).ended;
  const tcp = connectTcp(server.server.address);
  tcp.on("error", () => undefined).resume();
  await once(tcp, "close");
});

test("a client may be silent while it waits for a live read, and no longer", WATCHED, async (context) => {
  const { server, source } = await startWaiting(context, { idleTimeoutMs: 100, keepAliveTimeoutMs: 100 });
  const { socket, ended } = await openRaw(context, server);
  const review = waitingReview();
  socket.write(headOf(review.length) + review);
  await sleep(400);
  source.answer();
  assert.match(await ended, /^HTTP\/1\.1 200 /);
});

test("a client that has waited is let go as soon as any other when its next body stops", WATCHED, async (context) => {
  const { server, source } = await startWaiting(context, { idleTimeoutMs: 100 });
  const { socket, ended, received } = await openRaw(context, server);
  const review = waitingReview();
  socket.write(headOf(review.length) + review);
  await source.untilAsked(1);
  source.answer();
  await waitUntil("the response", () => received().startsWith("HTTP/1.1 200 "));
  socket.write(`${headOf(999)}{"kind":`);
  await ended;
  await untilLost(server);
});

test("a draining server is not ready, answers all and asks to close", WATCHED, async (context) => {
  const server = await startFor(context, { source: EXAMPLE_SOURCE });
  const before = await server.call({ body: POD });
  assert.equal(before.headers.connection, "keep-alive");
  const drained = server.server.drain(3000);
  const answers = await Promise.all(Array.from({ length: 20 }, () => server.call({ body: POD })));
  assert.ok(answers.every(({ status, headers }) => status === 200 && headers.connection === "close"));
  assert.equal((await server.call({ method: "GET", path: "/" })).headers.connection, "close");
  assert.deepEqual([(await admin(server, "/readyz")).status, (await admin(server, "/livez")).status], [503, 200]);
  assert.match((await admin(server, "/readyz")).text, /^drain: /);
  await drained;
  await assert.rejects(server.call({ body: POD }), { code: "ECONNREFUSED" });
  await assert.rejects(admin(server, "/livez"), /fetch failed/);
});

test("an answer under way is given before the server ends", WATCHED, async (context) => {
  const { server, source } = await startWaiting(context, { closeTimeoutMs: 5_000 });
  const answer = server.call({ body: waitingReview() });
  await source.untilAsked(1);
  const drained = server.server.drain(0);
  await sleep(50);
  source.answer();
  assert.equal((await answer).status, 200);
  await drained;
});

test("a client that never ends cannot keep the server from ending", WATCHED, async (context) => {
  const server = await startFor(context, { limits: { closeTimeoutMs: 200 } });
  (await openRaw(context, server)).socket.write(headOf(999));
  connectTcp(server.server.address).on("error", () => undefined);
  await server.server.drain(0);
});

test("an address in use is an error that names it", WATCHED, async (context) => {
  const server = await startFor(context);
  const { address } = server.server;
  await assert.rejects(
    startBare(context, { listen: address }),
    ({ code, message }: AppError) =>
      code === "ERR_LISTEN" && message === `address 127.0.0.1:${address.port} is in use by another program`,
  );
});
