/** Which connection is closed when there are more than the server takes. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { waitUntil } from "../../wait-until.ts";
import {
  callAnew,
  headOf,
  openRaw,
  QUICK_REVIEW,
  type RawConnection,
  startWaiting,
  untilSecondResponse,
  waitingReview,
} from "../raw-connection.ts";
import type { TestServer } from "../running-server.ts";

const WATCHED = { timeout: 30_000 } as const;

async function openSilent(context: TestContext, { server }: TestServer): Promise<Socket> {
  const socket = connectTcp(server.address);
  socket.on("error", () => undefined).resume();
  context.after(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** A connection that has sent a review, had its response, and stays. */
async function openAnswered(context: TestContext, server: TestServer): Promise<RawConnection> {
  const connection = await openRaw(context, server);
  await ask(connection);
  return connection;
}

/** Sends a review over an open connection and waits for the response. */
async function ask({ socket, received }: RawConnection): Promise<void> {
  const before = received().length;
  socket.write(headOf(QUICK_REVIEW.length) + QUICK_REVIEW);
  await waitUntil("a response", () => received().length > before || socket.destroyed);
  assert.match(received().slice(before), /^HTTP\/1\.1 200 /);
}

test("silent connections give way to a review, the oldest first", WATCHED, async (context) => {
  const { server } = await startWaiting(context, { maxConnections: 4 });
  const sockets: Socket[] = [];
  for (let count = 0; count < 6; count += 1) sockets.push(await openSilent(context, server));
  assert.equal(await callAnew(server, QUICK_REVIEW), 200);
  await waitUntil("the end of the oldest three", () => sockets.slice(0, 3).every(({ closed }) => closed));
  assert.deepEqual([...new Set(server.rejections)], ["connection-limit"]);
  assert.equal(sockets.at(-1)?.closed, false);
});

test("half a body gives way, and a review that waits for its response does not", WATCHED, async (context) => {
  const { server, source } = await startWaiting(context, { maxConnections: 4 });
  const pending = callAnew(server, waitingReview());
  for (let count = 0; count < 8; count += 1) {
    const { socket } = await openRaw(context, server);
    socket.write(`${headOf(100)}{`);
  }
  assert.equal(await callAnew(server, QUICK_REVIEW), 200);
  source.answer();
  assert.equal(await pending, 200);
  assert.ok(server.rejections.length >= 5);
});

test("idle connections that were used give way to a new one, the longest idle first", WATCHED, async (context) => {
  const { server } = await startWaiting(context, { maxConnections: 4 });
  const connections: RawConnection[] = [];
  for (let count = 0; count < 4; count += 1) connections.push(await openAnswered(context, server));
  // The oldest is used once more, and so the second is the longest idle.
  await ask(connections[0] as RawConnection);
  assert.equal(await callAnew(server, QUICK_REVIEW), 200);
  await connections[1]?.ended;
  assert.deepEqual(
    connections.map(({ socket }) => socket.closed),
    [false, true, false, false],
  );
});

test("a second request on a connection counts though the first response has just ended", WATCHED, async (context) => {
  const { server, source } = await startWaiting(context, { maxConnections: 4 });
  const pipelined = await openRaw(context, server);
  const waiting = waitingReview();
  pipelined.socket.write(headOf(QUICK_REVIEW.length) + QUICK_REVIEW + headOf(waiting.length) + waiting);
  await source.untilAsked(1);
  for (let count = 0; count < 6; count += 1) await openAnswered(context, server);
  source.answer();
  await untilSecondResponse(pipelined);
});
