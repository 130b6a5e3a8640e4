/** What happens when connections or bytes of bodies are too many, with small limits. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import type { LiveView } from "../../../src/server/admission/ports.ts";
import { EMPTY_SOURCE } from "../admission/example-source.ts";
import { send, startFor, type TestServer } from "../running-server.ts";

const REVIEW = JSON.stringify({
  apiVersion: "admission.k8s.io/v1",
  kind: "AdmissionReview",
  request: { uid: "u-1", kind: { group: "", kind: "Pod" }, operation: "CREATE", object: {} },
});
const EMPTY = EMPTY_SOURCE.view("default", "default");
const WATCHED = { timeout: 30_000 } as const;

interface Raw {
  readonly socket: Socket;
  readonly received: () => string;
}

async function open(context: TestContext, server: TestServer): Promise<Raw> {
  const { address } = server.server;
  const socket = connectTls({ ...address, ca: server.ca, servername: "localhost" });
  context.after(() => socket.destroy());
  socket.on("error", () => undefined);
  let received = "";
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString();
  });
  await Promise.race([once(socket, "secureConnect"), once(socket, "close")]);
  return { socket, received: () => received };
}

/** A review in a connection of its own. */
async function callAnew(server: TestServer, body = REVIEW): Promise<number> {
  const agent = new Agent({ ca: server.ca });
  const { status } = await send(agent, server.server.address.port, { body });
  agent.destroy();
  return status;
}

interface WaitingSource {
  readonly source: { readonly view: () => typeof EMPTY; readonly readLive: () => Promise<LiveView> };
  /** Live looks asked for so far. */
  readonly looks: () => number;
  /** Ends them, and those to come. */
  readonly answer: () => void;
}

/** A source whose live looks last until they are told to end. */
function waitingSource(): WaitingSource {
  let answer: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let looks = 0;
  const readLive = async (): Promise<LiveView> => {
    looks += 1;
    await waiting;
    return { view: EMPTY, result: "fresh" };
  };
  return { source: { view: () => EMPTY, readLive }, looks: () => looks, answer: () => answer() };
}

/** A review that takes a live look; `more` makes it long. */
function lookReview(more: unknown): string {
  const kind = { group: "", kind: "Pod" };
  const object = { spec: { containers: [{ name: "a", image: "quay.io/a" }] }, more };
  const request = { uid: "u-2", kind, operation: "CREATE", namespace: "a", object };
  return JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request });
}

async function untilLooks(waiting: WaitingSource, count: number): Promise<void> {
  for (let pause = 0; waiting.looks() < count; pause++) {
    assert.ok(pause < 2000, `there were ${waiting.looks()} looks instead of ${count}`);
    await sleep(5);
  }
}

async function openHalfBody(context: TestContext, server: TestServer, bytes: number): Promise<Raw> {
  const raw = await open(context, server);
  const head = `POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${bytes + 1}\r\n\r\n`;
  raw.socket.write(head + " ".repeat(bytes));
  return raw;
}

test("silent connections give way to a review, the oldest first", WATCHED, async (context) => {
  const server = await startFor(context, { limits: { closeTimeoutMs: 100, maxConnections: 4 } });
  const sockets: Socket[] = [];
  for (let count = 0; count < 6; count++) {
    const socket = connectTcp(server.server.address);
    socket.on("error", () => undefined).resume();
    context.after(() => socket.destroy());
    await once(socket, "connect");
    sockets.push(socket);
  }
  assert.equal(await callAnew(server), 200);
  const closed = (index: number): Promise<unknown> => once(sockets[index] as Socket, "close");
  await Promise.all([0, 1, 2].filter((index) => !sockets[index]?.closed).map(closed));
  assert.deepEqual([...new Set(server.turnedAway)], ["no-room"]);
  assert.equal(sockets.at(-1)?.closed, false);
});

test(
  "connections with half of a body give way, and one that waits for its answer does not",
  WATCHED,
  async (context) => {
    const waiting = waitingSource();
    const { source } = waiting;
    const server = await startFor(context, { limits: { closeTimeoutMs: 100, maxConnections: 4 }, source });
    const pending = callAnew(server, lookReview(null));
    for (let count = 0; count < 8; count++) {
      await openHalfBody(context, server, 10);
    }
    assert.equal(await callAnew(server), 200);
    waiting.answer();
    assert.equal(await pending, 200);
    assert.ok(server.turnedAway.length >= 5);
  },
);

test(
  "bodies beyond the budget: the oldest is answered 503 and ended, the new one is read",
  WATCHED,
  async (context) => {
    const server = await startFor(context, { limits: { closeTimeoutMs: 100, maxBodiesBytes: 200_000 } });
    const old = await openHalfBody(context, server, 150_000);
    const small = await openHalfBody(context, server, 10_000);
    await openHalfBody(context, server, 20_000);
    assert.equal(await callAnew(server, REVIEW + " ".repeat(150_000)), 200);
    if (!old.socket.closed) {
      await once(old.socket, "close");
    }
    assert.match(
      old.received(),
      /^HTTP\/1\.1 503 [\s\S]*Connection: close[\s\S]*too many bytes of bodies are under way\n$/,
    );
    assert.deepEqual(server.turnedAway, ["body-bytes"]);
    // What is small is not counted, and goes on.
    small.socket.write(" ");
    while (small.received() === "") {
      await once(small.socket, "data");
    }
    assert.match(small.received(), /^HTTP\/1\.1 400 /);
  },
);

test(
  "bodies with many values that wait for their answers are answered 503 beyond the bound",
  WATCHED,
  async (context) => {
    const waiting = waitingSource();
    const { source } = waiting;
    const server = await startFor(context, { limits: { closeTimeoutMs: 100 }, source });
    const body = lookReview(Array(200_000).fill(0));
    const first = callAnew(server, body);
    await untilLooks(waiting, 1);
    assert.equal(await callAnew(server, body), 503);
    waiting.answer();
    assert.equal(await first, 200);
    assert.equal(await callAnew(server, body), 200);
    assert.deepEqual(server.turnedAway, ["body-bytes"]);
  },
);

test("long bodies with few values wait for their answers together", WATCHED, async (context) => {
  const waiting = waitingSource();
  const { source } = waiting;
  const server = await startFor(context, { limits: { closeTimeoutMs: 100 }, source });
  const calls = Array.from({ length: 5 }, () => callAnew(server, lookReview("a".repeat(200_000))));
  await untilLooks(waiting, calls.length);
  waiting.answer();
  assert.deepEqual(await Promise.all(calls), [200, 200, 200, 200, 200]);
  assert.deepEqual(server.turnedAway, []);
});

test(
  "bodies with many values that are answered at once do not crowd one another out",
  WATCHED,
  async (context) => {
    const server = await startFor(context, { limits: { closeTimeoutMs: 100 } });
    const body = lookReview(Array(200_000).fill(0));
    const statuses = await Promise.all(Array.from({ length: 16 }, () => callAnew(server, body)));
    assert.deepEqual(new Set(statuses), new Set([200]));
    assert.deepEqual(server.turnedAway, []);
  },
);
