/** What bodies may hold together, and until when they count. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { countValues, MAX_VALUES } from "../../../src/server/limits/body-limiter.ts";
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
/** Two of these are more than the bound on values. */
const MANY_VALUES = waitingReview(Array(200_000).fill(0));

/** Sends all of a body but its last byte. */
async function openHalfBody(context: TestContext, server: TestServer, bytes: number): Promise<RawConnection> {
  const connection = await openRaw(context, server);
  connection.socket.write(headOf(bytes + 1) + " ".repeat(bytes));
  return connection;
}

test(
  "bytes beyond the limit: the oldest half-sent body is answered 503, a new one is read",
  WATCHED,
  async (context) => {
    const { server } = await startWaiting(context, { maxBodiesBytes: 200_000 });
    const old = await openHalfBody(context, server, 150_000);
    const small = await openHalfBody(context, server, 10_000);
    await openHalfBody(context, server, 20_000);
    assert.equal(await callAnew(server, QUICK_REVIEW + " ".repeat(150_000)), 200);
    assert.match(await old.ended, /^HTTP\/1\.1 503 [\s\S]*Connection: close[\s\S]*too many bodies are under way\n$/);
    assert.deepEqual(server.rejections, ["body-memory-limit"]);
    // A small one is not counted, and goes on.
    small.socket.write(" ");
    await waitUntil("a response to the small body", () => small.received() !== "");
    assert.match(small.received(), /^HTTP\/1\.1 400 /);
  },
);

test("a body that is not whole in its time is answered 408, unless it is small", WATCHED, async (context) => {
  const { server } = await startWaiting(context, { bodyTimeoutMs: 200 });
  const small = await openHalfBody(context, server, 10_000);
  const { ended } = await openHalfBody(context, server, 20_000);
  assert.match(await ended, /^HTTP\/1\.1 408 [\s\S]*Connection: close[\s\S]*not whole in time\n$/);
  assert.deepEqual([server.rejections, small.socket.closed], [["body-timeout"], false]);
});

test("a whole body that waits for its response is not rejected for a newer one", WATCHED, async (context) => {
  const { server, source } = await startWaiting(context, { maxBodiesBytes: 200_000 });
  const connection = await openRaw(context, server);
  const { socket } = connection;
  const body = waitingReview("a".repeat(150_000));
  socket.write(headOf(body.length) + body);
  await source.untilAsked(1);
  assert.equal(await callAnew(server, body), 503);
  source.answer();
  socket.write(headOf(QUICK_REVIEW.length) + QUICK_REVIEW);
  await untilSecondResponse(connection);
});

test("values beyond the limit: 503 while others with many wait for their responses", WATCHED, async (context) => {
  const { server, source } = await startWaiting(context);
  const first = callAnew(server, MANY_VALUES);
  await source.untilAsked(1);
  assert.equal(await callAnew(server, MANY_VALUES), 503);
  source.answer();
  assert.equal(await first, 200);
  assert.equal(await callAnew(server, MANY_VALUES), 200);
  assert.deepEqual(server.rejections, ["body-memory-limit"]);
});

test("a body with many values that loses its client leaves room for the next", WATCHED, async (context) => {
  const { server, source } = await startWaiting(context);
  const { socket } = await openRaw(context, server);
  socket.write(headOf(MANY_VALUES.length) + MANY_VALUES);
  await source.untilAsked(1);
  socket.destroy();
  await sleep(100);
  const next = callAnew(server, MANY_VALUES);
  await source.untilAsked(2);
  source.answer();
  assert.equal(await next, 200);
});

test("bodies with many values that are answered at once do not crowd one another out", WATCHED, async (context) => {
  const { server, source } = await startWaiting(context);
  source.answer();
  const statuses = await Promise.all(Array.from({ length: 16 }, () => callAnew(server, MANY_VALUES)));
  assert.deepEqual(new Set(statuses), new Set([200]));
  assert.deepEqual(server.rejections, []);
});

test("a body that comes in many small pieces is answered 413, and its connection ends", WATCHED, async (context) => {
  const { server } = await startWaiting(context);
  const { socket, ended } = await openRaw(context, server);
  socket.write(headOf(1_000_000).replace(/Content-Length.*\r\n\r\n/, "Transfer-Encoding: chunked\r\n\r\n"));
  socket.write("1\r\n \r\n".repeat(100));
  assert.match(await ended, /^HTTP\/1\.1 413 [\s\S]*Connection: close[\s\S]*too many pieces\n$/);
});

const TOO_MANY = "[".repeat(2 * MAX_VALUES);

for (const [json, values] of [
  ["7", 0],
  ["[1,2,3]", 3],
  ['{"a":1,"b":[{}]}', 4],
  ["[[[[", 4],
  ['"[,{"', 0],
  ['["a\\"[,{",1]', 2],
  ['["\\\\",1]', 2],
  ['["a', 1],
  [TOO_MANY, MAX_VALUES + 1],
] as const) {
  const title = `${json.slice(0, 20)} has ${values} places for values that are counted`;
  test(title, () => assert.equal(countValues(Buffer.from(json)), values));
}
