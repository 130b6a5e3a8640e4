/** The connections to the API server: how many there are, and when they begin and end. */
import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { listenOn } from "../../listen-on.ts";
import { hasCode, withConnection, withServer } from "../raw-server.ts";
import { moment, until } from "../testbed.ts";

const begin: RequestListener = (_, response) => {
  response.write("begun");
};

test("makes no more connections than it may, and serves who waits", () =>
  withServer(
    (_, response) => setTimeout(() => response.end("late"), 30),
    { maxConnections: 2 },
    async ({ server, send }) => {
      const texts = await Promise.all(Array.from({ length: 6 }, async () => text(await send())));
      assert.deepEqual(
        texts,
        Array.from({ length: 6 }, () => "late"),
      );
      assert.equal(server.accepted, 2);
    },
  ));

test("gives the way to new connections when one is silent: what runs goes on, what is idle ends", () =>
  withServer(
    (request, response) => (request.url === "/watch" ? response.write("event ") : response.end("fine")),
    {},
    async ({ server, connection, send }) => {
      const watch = await send({ path: "/watch" });
      await text(await send());
      assert.equal(server.sockets.size, 2);
      const idle = Object.values((await connection.route()).agent.agent.freeSockets).flat();
      await moment(1_100);
      assert.equal(connection.renew(performance.now()), true);
      assert.deepEqual(
        idle.map((socket) => socket?.destroyed),
        [true],
      );
      await until(() => server.sockets.size === 1);
      await text(await send());
      assert.equal(server.accepted, 3);
      assert.equal(watch.destroyed, false);
      assert.equal((await watch[Symbol.asyncIterator]().next()).value.toString(), "event ");
      assert.equal(connection.renew(0), true, "a silent request that is older than the connections");
    },
  ));

test("drops the connection of a retired way as soon as its request is over", () => {
  let finish: (() => void) | undefined;
  return withServer(
    (_, response) => {
      finish = () => response.end("done");
      response.flushHeaders();
    },
    {},
    async ({ server, connection, send }) => {
      const { agent } = (await connection.route()).agent;
      const old = await send();
      await moment(1_100);
      connection.renew(performance.now());
      finish?.();
      assert.equal(await text(old), "done");
      await until(() => Object.keys(agent.sockets).length === 0);
      assert.deepEqual(Object.values(agent.freeSockets), []);
      await until(() => server.sockets.size === 0);
    },
  );
});

test("ends everything when it is closed, and lets nothing begin", () =>
  withServer(begin, { maxConnections: 1 }, async ({ server, connection, send }) => {
    const running = text(await send());
    const waiting = send();
    await moment();
    connection.close();
    await assert.rejects(running, hasCode("ECONNRESET"));
    await assert.rejects(waiting, hasCode("ERR_CONNECTION_CLOSED"));
    await until(() => server.sockets.size === 0);
    assert.equal(server.accepted, 1);
  }));

test("gives up a connection that is not ready after five seconds", async () => {
  const mute = createServer((socket) => socket.on("error", () => undefined));
  const port = await listenOn(mute);
  await withConnection({ server: `https://127.0.0.1:${port}` }, async ({ send }) => {
    await assert.rejects(send(), hasCode("ETIMEDOUT"));
  });
  mute.close();
});

test("speaks plain HTTP where the kubeconfig says that this is meant", () =>
  withServer(
    (_, response) => response.end("plain"),
    { isPlain: true },
    async ({ send }) => {
      assert.equal(await text(await send()), "plain");
    },
  ));
