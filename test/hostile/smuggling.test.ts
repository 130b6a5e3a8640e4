/** Requests that two servers could read in two ways. Nobody stands between the API server and pullring; they are refused all the same. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { type AttackedServer, startAttackedServer } from "./attacked-server.ts";

const SMUGGLED = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const post = (headers: string, body: string): string =>
  `POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${headers}\r\n${body}`;

const CHUNKED = "Transfer-Encoding: chunked\r\n";
const END = `0\r\n\r\n${SMUGGLED}`;

/** Each is answered 400, and its connection ends. */
const REFUSED: readonly [shape: string, bytes: string][] = [
  ["a length and chunks", post(`Content-Length: ${5 + SMUGGLED.length}\r\n${CHUNKED}`, END)],
  ["chunks and a length", post(`${CHUNKED}Content-Length: 5\r\n`, END)],
  ["two lengths", post("Content-Length: 2\r\nContent-Length: 30\r\n", `{}${SMUGGLED}`)],
  ["the same length twice", post("Content-Length: 2\r\nContent-Length: 2\r\n", `{}${SMUGGLED}`)],
  ["a length with a sign", post("Content-Length: +2\r\n", `{}${SMUGGLED}`)],
  ["a length that is a list", post("Content-Length: 2, 2\r\n", `{}${SMUGGLED}`)],
  ["a space before the colon", post("Content-Length : 2\r\n", `{}${SMUGGLED}`)],
  ["an encoding nobody knows", post("Transfer-Encoding: xchunked\r\n", END)],
  ["chunks that are not the last encoding", post("Transfer-Encoding: chunked, identity\r\n", END)],
  ["a chunk without a number", post(CHUNKED, `x\r\n{}\r\n${END}`)],
  ["a chunk that is longer than its number", post(CHUNKED, `1\r\n{}\r\n${END}`)],
  ["a number of a chunk beyond all bounds", post(CHUNKED, `${"f".repeat(17)}\r\n`)],
  ["a folded header", post("X: a\r\n Content-Length: 30\r\nContent-Length: 2\r\n", `{}${SMUGGLED}`)],
  ["a header that ends with a line feed alone", post("X: a\nContent-Length: 2\r\n", `{}${SMUGGLED}`)],
  ["a null in a header", post("X: a\0b\r\nContent-Length: 2\r\n", `{}${SMUGGLED}`)],
  ["no host", "GET / HTTP/1.1\r\n\r\n"],
  ["a line that is none", "\0\0\0\0\r\n\r\n"],
  ["HTTP/2 without being asked", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
];

/** Statuses of all answers, in order, until there are enough or the connection ends. */
async function sendRequest(server: AttackedServer, bytes: string, enough: number): Promise<readonly number[]> {
  const socket = await server.openTls();
  let received = "";
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString();
  });
  const statuses = (): readonly number[] =>
    [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  socket.write(bytes);
  while (!socket.closed && statuses().length < enough)
    await Promise.race([once(socket, "data"), once(socket, "close")]);
  socket.destroy();
  return statuses();
}

test("each shape is answered by the table", { timeout: 60_000 }, async (context) => {
  const server = await startAttackedServer(context);
  for (const [shape, bytes] of REFUSED) {
    await context.test(`${shape}: 400, and the connection ends`, async () => {
      assert.deepEqual(await sendRequest(server, bytes, Number.POSITIVE_INFINITY), [400]);
    });
  }
  await context.test("requests one after the other at once: 400 and 200, each in its place", async () => {
    assert.deepEqual(await sendRequest(server, `${post("Content-Length: 2\r\n", "{}")}${SMUGGLED}`, 2), [400, 200]);
  });
});
