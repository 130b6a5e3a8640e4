/** Requests to the API server and the connections that they use, when all goes well and when it does not. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import type { RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { hasCode, withServer } from "../raw-server.ts";
import { moment, until } from "../testbed.ts";

const answer: RequestListener = (request, response) => response.end(`answer to ${request.method}`);
const begin: RequestListener = (_, response) => {
  response.write("begun");
};
const never: RequestListener = () => undefined;

test("sends one request after the other on one connection, and leaves no listener there", () =>
  withServer(answer, {}, async ({ server, connection, send }) => {
    const counts: number[] = [];
    for (let i = 0; i < 30; i += 1) {
      assert.equal(await text(await send()), "answer to GET");
      const { agent } = (await connection.endpoint()).pool;
      await until(() => Object.values(agent.freeSockets).flat().length === 1);
      const [socket] = Object.values(agent.freeSockets).flat();
      counts.push(socket?.eventNames().reduce((sum, name) => sum + socket.listenerCount(name), 0) ?? -1);
    }
    assert.equal(server.accepted, 1);
    assert.equal(new Set(counts.slice(1)).size, 1, counts.join());
  }));

test("ends a request whose headers do not come, and its connection", () =>
  withServer(never, {}, async ({ server, send }) => {
    await assert.rejects(send({ idleTimeoutMs: 50 }), hasCode("ETIMEDOUT"));
    await until(() => server.sockets.size === 0);
  }));

test("ends a request whose body falls silent, and its connection", () =>
  withServer(begin, {}, async ({ server, send }) => {
    const body = await send({ bodyIdleTimeoutMs: 50 });
    await assert.rejects(text(body), hasCode("ETIMEDOUT"));
    await until(() => server.sockets.size === 0);
  }));

const SHORT_LIVED = { limits: { maxIdleMs: 50 } };

test("waits for headers for longer than idle connections are kept", () =>
  withServer(
    (_, response) => setTimeout(() => response.end("late"), 150),
    SHORT_LIVED,
    async ({ send }) => {
      assert.equal(await text(await send()), "late");
    },
  ));

test("waits for ever for a body that may be silent", () =>
  withServer(begin, SHORT_LIVED, async ({ server, send }) => {
    const body = await send({ idleTimeoutMs: 1_000, bodyIdleTimeoutMs: 0 });
    const whole = text(body);
    await moment(1_200);
    assert.equal(server.sockets.size, 1);
    assert.equal(body.destroyed, false);
    body.destroy();
    await assert.rejects(whole);
  }));

test("waits for a reader who is slow, as the server is not what is silent", () =>
  withServer(
    (_, response) => response.end(Buffer.alloc(4_000_000)),
    {},
    async ({ send }) => {
      const body = await send({ bodyIdleTimeoutMs: 40 });
      let length = 0;
      for await (const chunk of body) {
        length += (chunk as Buffer).length;
        if (length < 300_000) await moment(100);
      }
      assert.equal(length, 4_000_000);
    },
  ));

for (const [title, listener, isAnswered] of [
  ["before it is answered", never, false],
  ["in the body", begin, true],
] as const) {
  test(`ends a request that is aborted ${title}, with the reason of the signal`, () =>
    withServer(listener, {}, async ({ server, send }) => {
      const { signal, ...controller } = abortable();
      const sent = send({ signal });
      const ended = isAnswered ? sent.then(text) : sent;
      await (isAnswered ? sent : until(() => server.sockets.size === 1));
      controller.abort(new Error("enough"));
      await assert.rejects(ended, /enough/);
      await until(() => server.sockets.size === 0 && getEventListeners(signal, "abort").length === 0);
    }));
}

function abortable(): { signal: AbortSignal; abort: (reason: Error) => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}

test("ends at once a request that is aborted while it waits for a connection, and goes on with the next", () =>
  withServer(begin, { maxConnections: 1 }, async ({ server, send }) => {
    const first = await send();
    const { signal, abort } = abortable();
    const waiting = send({ signal });
    const next = send();
    await moment();
    abort(new Error("enough"));
    await assert.rejects(waiting, /enough/);
    first.destroy();
    (await next).destroy();
    assert.equal(server.accepted, 2);
  }));

test("leaves no listener on the signal of a request that is over", () =>
  withServer(answer, {}, async ({ send }) => {
    const { signal } = abortable();
    await text(await send({ signal }));
    await until(() => getEventListeners(signal, "abort").length === 0);
  }));

test("ends any number of requests by one signal without a warning of Node", (t) => {
  const warnings: Error[] = [];
  const note = (warning: Error): number => warnings.push(warning);
  process.on("warning", note);
  t.after(() => process.off("warning", note));
  return withServer(answer, {}, async ({ send }) => {
    const { signal } = abortable();
    await Promise.all(Array.from({ length: 20 }, async () => text(await send({ signal }))));
    await moment(0);
    assert.deepEqual(warnings, []);
  });
});

/** Answers the first request of each connection and cuts it at the second, once. */
function cutKept(): RequestListener {
  let isCut = false;
  const used = new WeakSet<object>();
  return (request, response) => {
    if (used.has(request.socket) && !isCut) {
      isCut = true;
      request.socket.destroy();
      return;
    }
    used.add(request.socket);
    response.end("fine");
  };
}

test("sends a GET again when the kept connection it was sent on is cut", () =>
  withServer(cutKept(), {}, async ({ server, send }) => {
    await text(await send());
    assert.equal(await text(await send()), "fine");
    assert.equal(server.accepted, 2);
  }));

test("closes the other idle connections before that, as a server that went away has closed them all", () => {
  const used = new WeakSet<object>();
  const cutAllKept: RequestListener = (request, response) => {
    if (used.has(request.socket)) {
      request.socket.destroy();
      return;
    }
    used.add(request.socket);
    setTimeout(() => response.end("fine"), 20);
  };
  return withServer(cutAllKept, {}, async ({ server, send }) => {
    await Promise.all([1, 2].map(async () => text(await send())));
    assert.equal(await text(await send()), "fine");
    assert.equal(server.accepted, 3);
  });
});

test("never sends a PUT again, as nobody knows what became of the first", () =>
  withServer(cutKept(), {}, async ({ send }) => {
    await text(await send({ method: "PUT", body: "{}" }));
    await assert.rejects(send({ method: "PUT", body: "{}" }), hasCode("ECONNRESET"));
  }));

test("sends nothing again that is cut on a new connection", () =>
  withServer(
    (request) => request.socket.destroy(),
    {},
    async ({ server, send }) => {
      await assert.rejects(send(), hasCode("ECONNRESET"));
      assert.equal(server.accepted, 1);
    },
  ));
