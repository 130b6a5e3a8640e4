/** The way to the API server: when it is made again, and what becomes of connections that are under way. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { loadClientConfig } from "../../../src/cluster/api/client-config.ts";
import { Connection } from "../../../src/cluster/api/connection.ts";
import { ManualClock } from "../../manual-clock.ts";
import { certificate, hasCode, withServer } from "../raw-server.ts";
import { FIRST_TOKEN, makeTestbed, moment, until } from "../testbed.ts";

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

test("gives the way to new connections when one is silent: what runs goes on, what is idle ends", () => {
  const clock = new ManualClock();
  return withServer(
    (request, response) => (request.url === "/watch" ? response.write("event ") : response.end("fine")),
    { clock },
    async ({ server, connection, send }) => {
      const watch = await send({ path: "/watch" });
      await text(await send());
      assert.equal(server.sockets.size, 2);
      const idle = Object.values((await connection.endpoint()).pool.agent.freeSockets).flat();
      clock.advance(1_000);
      assert.equal(connection.renew(clock.elapsed()), true);
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
  );
});

test("makes new connections once a second at most, as a slow server gains nothing from them", () => {
  const clock = new ManualClock();
  return withServer(
    () => undefined,
    { clock },
    async ({ connection }) => {
      await connection.endpoint();
      clock.advance(1_000);
      assert.equal(connection.renew(clock.elapsed()), true);
      const { pool } = await connection.endpoint();
      clock.advance(999);
      assert.equal(connection.renew(clock.elapsed()), false);
      assert.equal((await connection.endpoint()).pool, pool);
    },
  );
});

test("drops the connection of a retired pool as soon as its request is over", () => {
  const clock = new ManualClock();
  let finish: (() => void) | undefined;
  return withServer(
    (_, response) => {
      finish = () => response.end("done");
      response.flushHeaders();
    },
    { clock },
    async ({ server, connection, send }) => {
      const { agent } = (await connection.endpoint()).pool;
      const old = await send();
      clock.advance(1_000);
      connection.renew(clock.elapsed());
      finish?.();
      assert.equal(await text(old), "done");
      await until(() => Object.keys(agent.sockets).length === 0);
      assert.deepEqual(Object.values(agent.freeSockets), []);
      await until(() => server.sockets.size === 0);
    },
  );
});

test("ends everything when it is closed, and lets nothing begin", () => {
  const begin: RequestListener = (_, response) => response.write("begun");
  return withServer(begin, { maxConnections: 1 }, async ({ server, connection, send }) => {
    const running = text(await send());
    const waiting = send();
    await moment();
    connection.close();
    await assert.rejects(running, hasCode("ECONNRESET"));
    await assert.rejects(waiting, hasCode("ERR_CONNECTION_CLOSED"));
    await until(() => server.sockets.size === 0);
    assert.equal(server.accepted, 1);
  });
});

test("says nothing of who we are to a server without TLS, such as kubectl proxy, as kubectl does", () =>
  withServer(
    (request, response) => response.end(request.headers.authorization ?? "nobody"),
    { isPlain: true, token: FIRST_TOKEN },
    async ({ send }) => assert.equal(await text(await send()), "nobody"),
  ));

test("reads the files that a kubeconfig names again after a second, without being told to", async () => {
  const bed = await makeTestbed();
  const clock = new ManualClock();
  const load = () => loadClientConfig({ kubeconfig: bed.kubeconfig });
  const connection = new Connection({ load, maxConnections: 1, clock });
  const { pool } = await connection.endpoint();
  writeFileSync(bed.caFile, (await certificate).caCert);
  clock.advance(1_000);
  assert.equal((await connection.endpoint()).pool, pool);
  clock.advance(1);
  assert.notEqual((await connection.endpoint()).pool, pool);
  await bed.stop();
});
