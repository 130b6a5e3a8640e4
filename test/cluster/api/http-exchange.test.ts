/** Requests to the API server and the connections that they use, when all goes well and when it does not. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import type { RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { hasCode, startServer } from "../raw-server.ts";
import { moment, until } from "../testbed.ts";

const answer: RequestListener = (_, response) => response.end("fine");
const begin: RequestListener = (_, response) => response.write("begun");
const never: RequestListener = () => undefined;

test("sends one request after the other on one connection, and leaves no listener there", async (t) => {
  const { server, connection, send } = await startServer(t, answer);
  const counts: number[] = [];
  for (let i = 0; i < 30; i += 1) {
    assert.equal(await text(await send()), "fine");
    const { agent } = (await connection.endpoint()).pool;
    await until(() => Object.values(agent.freeSockets).flat().length === 1);
    const [socket] = Object.values(agent.freeSockets).flat();
    counts.push(socket?.eventNames().reduce((sum, name) => sum + socket.listenerCount(name), 0) ?? -1);
  }
  assert.equal(server.accepted, 1);
  assert.equal(new Set(counts.slice(1)).size, 1, counts.join());
});

for (const [title, listener, timeouts] of [
  ["headers do not come", never, { idleTimeoutMs: 50 }],
  ["body falls silent", begin, { bodyIdleTimeoutMs: 50 }],
] as const) {
  test(`ends a request whose ${title}, and its connection`, async (t) => {
    const { server, send } = await startServer(t, listener);
    await assert.rejects(send(timeouts).then(text), hasCode("ETIMEDOUT"));
    await until(() => server.sockets.size === 0);
  });
}

test("waits for headers for longer than idle connections are kept", async (t) => {
  const late: RequestListener = (_, response) => setTimeout(() => response.end("late"), 150);
  const { send } = await startServer(t, late, { maxIdleMs: 50 });
  assert.equal(await text(await send()), "late");
});

test("waits for ever for a body that may be silent", async (t) => {
  const { server, send } = await startServer(t, begin, { maxIdleMs: 50 });
  const body = await send({ idleTimeoutMs: 1_000, bodyIdleTimeoutMs: 0 });
  const whole = text(body);
  await moment(1_200);
  assert.deepEqual([server.sockets.size, body.destroyed], [1, false]);
  body.destroy();
  await assert.rejects(whole);
});

test("waits for a reader who is slow, as the server is not what is silent", async (t) => {
  const { send } = await startServer(t, (_, response) => response.end(Buffer.alloc(4_000_000)));
  let length = 0;
  for await (const chunk of await send({ bodyIdleTimeoutMs: 40 })) {
    length += (chunk as Buffer).length;
    if (length < 300_000) await moment(100);
  }
  assert.equal(length, 4_000_000);
});

for (const [title, listener, isAnswered] of [
  ["before it is answered", never, false],
  ["in the body", begin, true],
] as const) {
  test(`ends a request that is aborted ${title}, with the reason of the signal`, async (t) => {
    const { server, send } = await startServer(t, listener);
    const controller = new AbortController();
    const sent = send({ signal: controller.signal });
    const ended = isAnswered ? sent.then(text) : sent;
    await (isAnswered ? sent : until(() => server.sockets.size === 1));
    controller.abort(new Error("enough"));
    await assert.rejects(ended, /enough/);
    await until(() => server.sockets.size === 0 && getEventListeners(controller.signal, "abort").length === 0);
  });
}

test("ends at once a request that is aborted while it waits for a connection, and goes on with the next", async (t) => {
  const { server, send } = await startServer(t, begin, { maxConnections: 1 });
  const first = await send();
  const controller = new AbortController();
  const waiting = send({ signal: controller.signal });
  const next = send();
  await moment();
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  first.destroy();
  (await next).destroy();
  assert.equal(server.accepted, 2);
});

test("ends any number of requests by one signal without a warning of Node, and leaves no listener on it", async (t) => {
  const warnings: Error[] = [];
  const note = (warning: Error): number => warnings.push(warning);
  process.on("warning", note);
  t.after(() => process.off("warning", note));
  const { send } = await startServer(t, answer);
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 20 }, async () => text(await send({ signal }))));
  await until(() => getEventListeners(signal, "abort").length === 0);
  assert.deepEqual(warnings, []);
});

/** Answers the first request of each connection, in a moment, and cuts it at the second. */
function cutKept(): RequestListener {
  const used = new WeakSet<object>();
  return (request, response) => {
    if (used.has(request.socket)) return request.socket.destroy();
    used.add(request.socket);
    return setTimeout(() => response.end("fine"), 20);
  };
}

test("sends a GET again on a new connection when the kept one is cut, as a server that went away closed them all", async (t) => {
  const { server, send } = await startServer(t, cutKept());
  await Promise.all([1, 2].map(async () => text(await send())));
  assert.equal(await text(await send()), "fine");
  assert.equal(server.accepted, 3);
});

test("never sends a PUT again, as nobody knows what became of the first", async (t) => {
  const { send } = await startServer(t, cutKept());
  await text(await send({ method: "PUT", body: "{}" }));
  await assert.rejects(send({ method: "PUT", body: "{}" }), hasCode("ECONNRESET"));
});

test("sends nothing again that is cut on a new connection", async (t) => {
  const { server, send } = await startServer(t, (request) => request.socket.destroy());
  await assert.rejects(send(), hasCode("ECONNRESET"));
  assert.equal(server.accepted, 1);
});
