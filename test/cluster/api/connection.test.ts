/** The way to the API server: when it is made again, and what becomes of connections that are under way. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { loadClientConfig } from "../../../src/cluster/api/client-config.ts";
import { Connection } from "../../../src/cluster/api/connection.ts";
import { ManualClock } from "../../manual-clock.ts";
import { certificate, hasCode, startServer } from "../raw-server.ts";
import { FIRST_TOKEN, makeTestbed, moment, until } from "../testbed.ts";

test("makes no more connections than it may, and serves who waits", async (t) => {
  const late = "late";
  const { server, send } = await startServer(t, (_, response) => setTimeout(() => response.end(late), 30), {
    maxConnections: 2,
  });
  const texts = await Promise.all(Array.from({ length: 6 }, async () => text(await send())));
  assert.deepEqual(texts, [late, late, late, late, late, late]);
  assert.equal(server.accepted, 2);
});

test("gives the way to new connections when one is silent: what runs goes on and then ends, what is idle ends", async (t) => {
  const clock = new ManualClock();
  let finish = (): unknown => undefined;
  const listener: RequestListener = (request, response) => {
    if (request.url !== "/watch") return response.end("fine");
    finish = () => response.end("and end");
    return response.write("event ");
  };
  const { server, connection, send } = await startServer(t, listener, { clock });
  const watch = await send({ path: "/watch" });
  await text(await send());
  assert.equal(server.sockets.size, 2);
  clock.advance(1_000);
  assert.equal(connection.renew(clock.elapsed()), true);
  await until(() => server.sockets.size === 1);
  await text(await send());
  assert.equal(server.accepted, 3);
  assert.equal(connection.renew(0), true, "a silent request that is older than the connections");
  const retired = watch.socket;
  finish();
  assert.equal(await text(watch), "event and end");
  await until(() => retired.destroyed);
});

test("makes new connections once a second at most, as a slow server gains nothing from them", async (t) => {
  const clock = new ManualClock();
  const { connection } = await startServer(t, () => undefined, { clock });
  await connection.endpoint();
  clock.advance(1_000);
  assert.equal(connection.renew(clock.elapsed()), true);
  const { pool } = await connection.endpoint();
  clock.advance(999);
  assert.equal(connection.renew(clock.elapsed()), false);
  assert.equal((await connection.endpoint()).pool, pool);
});

test("makes no new connections while others are answered on those in use; an answer on older ones says nothing", async (t) => {
  const clock = new ManualClock();
  const { connection } = await startServer(t, () => undefined, { clock });
  const old = await connection.endpoint();
  clock.advance(1_000);
  connection.noteAnswer(old);
  assert.equal(connection.renew(999), false);
  assert.equal(connection.renew(1_000), true, "a request that was sent after that answer");
  await connection.endpoint();
  clock.advance(1_000);
  connection.noteAnswer(old);
  assert.equal(connection.renew(1_500), true);
});

test("ends everything when it is closed, and lets nothing begin", async (t) => {
  const { server, connection, send } = await startServer(t, (_, response) => response.write("begun"), {
    maxConnections: 1,
  });
  const running = text(await send());
  const waiting = send();
  await moment();
  connection.close();
  await assert.rejects(running, hasCode("ECONNRESET"));
  await assert.rejects(waiting, hasCode("ERR_CONNECTION_CLOSED"));
  await until(() => server.sockets.size === 0);
  assert.equal(server.accepted, 1);
});

test("says nothing of who we are to a server without TLS, such as kubectl proxy, as kubectl does", async (t) => {
  const listener: RequestListener = (request, response) => response.end(request.headers.authorization ?? "nobody");
  const { send } = await startServer(t, listener, { isPlain: true, token: FIRST_TOKEN });
  assert.equal(await text(await send()), "nobody");
});

test("reads the files that a kubeconfig names again after a second, without being told to", async (t) => {
  const { kubeconfig, caFile } = await makeTestbed(t);
  const clock = new ManualClock();
  const connection = new Connection({ load: () => loadClientConfig({ kubeconfig }), maxConnections: 1, clock });
  const { pool } = await connection.endpoint();
  writeFileSync(caFile, (await certificate).caCert);
  clock.advance(1_000);
  assert.equal((await connection.endpoint()).pool, pool);
  clock.advance(1);
  assert.notEqual((await connection.endpoint()).pool, pool);
});

test("runs a plugin that names no end of its credentials once for each reading of the configuration", async (t) => {
  const { kubeconfig } = await makeTestbed(t);
  const directory = dirname(kubeconfig);
  const runs = join(directory, "runs");
  const apiVersion = "client.authentication.k8s.io/v1";
  const credential = JSON.stringify({ apiVersion, kind: "ExecCredential", status: { token: "t" } });
  const script = `fs.appendFileSync(${JSON.stringify(runs)}, "x"); console.log(${JSON.stringify(credential)})`;
  const exec = { apiVersion, command: process.execPath, args: ["-e", script], interactiveMode: "Never" };
  const load = () => {
    const config = loadClientConfig({ kubeconfig });
    config.users = config.users.map(({ name }) => ({ name, exec }));
    return config;
  };
  const clock = new ManualClock();
  const connection = new Connection({ load, maxConnections: 1, clock });
  const counts: number[] = [];
  for (const pause of [0, 1_001, 60_001]) {
    clock.advance(pause);
    await connection.endpoint();
    counts.push(readFileSync(runs).length);
  }
  connection.reload();
  await connection.endpoint();
  assert.deepEqual([...counts, readFileSync(runs).length], [1, 1, 1, 2]);
});
