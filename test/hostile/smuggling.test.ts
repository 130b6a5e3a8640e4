/** Requests that two servers could read in two ways. Nobody stands between the API server and pullring; they are refused all the same. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { type AttackedServer, startAttackedServer } from "./attacked-server.ts";

const SMUGGLED = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const post = (headers: string, body: string): string =>
  `POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${headers}\r\n${body}`;

/** Statuses of all answers, in order; the connection has to end after the last. */
const ENDED: readonly [shape: string, bytes: string, statuses: readonly number[]][] = [
  [
    "a length and chunks",
    post(`Content-Length: ${5 + SMUGGLED.length}\r\nTransfer-Encoding: chunked\r\n`, `0\r\n\r\n${SMUGGLED}`),
    [400],
  ],
  ["chunks and a length", post(`Transfer-Encoding: chunked\r\nContent-Length: 5\r\n`, `0\r\n\r\n${SMUGGLED}`), [400]],
  ["two lengths", post("Content-Length: 2\r\nContent-Length: 30\r\n", `{}${SMUGGLED}`), [400]],
  ["the same length twice", post("Content-Length: 2\r\nContent-Length: 2\r\n", `{}${SMUGGLED}`), [400]],
  ["a length with a sign", post("Content-Length: +2\r\n", `{}${SMUGGLED}`), [400]],
  ["a length that is a list", post("Content-Length: 2, 2\r\n", `{}${SMUGGLED}`), [400]],
  ["a space before the colon", post("Content-Length : 2\r\n", `{}${SMUGGLED}`), [400]],
  ["an encoding nobody knows", post("Transfer-Encoding: xchunked\r\n", `0\r\n\r\n${SMUGGLED}`), [400]],
  [
    "chunks that are not the last encoding",
    post("Transfer-Encoding: chunked, identity\r\n", `0\r\n\r\n${SMUGGLED}`),
    [400],
  ],
  ["a chunk without a number", post("Transfer-Encoding: chunked\r\n", `x\r\n{}\r\n0\r\n\r\n${SMUGGLED}`), [400]],
  [
    "a chunk that is longer than its number",
    post("Transfer-Encoding: chunked\r\n", `1\r\n{}\r\n0\r\n\r\n${SMUGGLED}`),
    [400],
  ],
  ["a number of a chunk beyond all bounds", post("Transfer-Encoding: chunked\r\n", `${"f".repeat(17)}\r\n`), [400]],
  ["a folded header", post("X: a\r\n Content-Length: 30\r\nContent-Length: 2\r\n", `{}${SMUGGLED}`), [400]],
  ["a header that ends with a line feed alone", post("X: a\nContent-Length: 2\r\n", `{}${SMUGGLED}`), [400]],
  ["a null in a header", post("X: a\0b\r\nContent-Length: 2\r\n", `{}${SMUGGLED}`), [400]],
  ["no host", "GET / HTTP/1.1\r\n\r\n", [400]],
  ["a line that is none", "\0\0\0\0\r\n\r\n", [400]],
  ["HTTP/2 without being asked", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400]],
];

const GOES_ON: readonly [shape: string, bytes: string, statuses: readonly number[]][] = [
  ["requests one after the other at once", `${post("Content-Length: 2\r\n", "{}")}${SMUGGLED}`, [400, 200]],
];

async function sendRequest(
  server: AttackedServer,
  bytes: string,
  isEnough: (statuses: readonly number[]) => boolean,
): Promise<readonly number[]> {
  const socket = await server.openTls();
  let received = "";
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString();
  });
  const statuses = (): readonly number[] =>
    [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  socket.write(bytes);
  while (!socket.closed && !isEnough(statuses())) await Promise.race([once(socket, "data"), once(socket, "close")]);
  socket.destroy();
  return statuses();
}

test("each shape is answered by the table", { timeout: 60_000 }, async (context) => {
  const server = await startAttackedServer(context);
  for (const [shape, bytes, statuses] of ENDED) {
    await context.test(`${shape}: ${statuses.join(", ")}, and the connection ends`, async () => {
      assert.deepEqual(await sendRequest(server, bytes, () => false), statuses);
    });
  }
  for (const [shape, bytes, statuses] of GOES_ON) {
    await context.test(`${shape}: ${statuses.join(", ")}, each in its place`, async () => {
      const isEnough = (seen: readonly number[]): boolean => seen.length === statuses.length;
      assert.deepEqual(await sendRequest(server, bytes, isEnough), statuses);
    });
  }
});
