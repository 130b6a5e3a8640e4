/**
 * Hostile clients against the built program. Each attack has a process of its own, whose peak of memory is checked, and a
 * good client beside it, whose every review has to be answered. Times are printed and not judged. `npm run test:hostile`
 * does the same with more connections.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_LIMITS } from "../../src/server/limits/server-limits.ts";
import { waitUntil } from "../wait-until.ts";
import { type AttackedServer, startAttackedServer } from "./attacked-server.ts";
import { sendGoodReviews } from "./good-client.ts";

const isFull = process.env.PULLRING_HOSTILE === "full";

/** The memory limit of the manifests, in MiB: the kernel ends a process above it. */
const MAX_MIB = 256;
/** How long an attack that has opened all its connections is observed, in milliseconds. */
const OBSERVED_MS = isFull ? 5000 : 500;

const areOpen = (sockets: readonly Socket[]): number => sockets.filter(({ closed }) => !closed).length;

/** One attack. */
interface Attack {
  readonly title: string;
  /** Connections in `npm test`, and in `npm run test:hostile`. */
  readonly count: readonly [quick: number, full: number];
  /** Whether connections are there to stay for a while: the others have to be ended by the server. */
  readonly mayStay?: true;
  /** Whether connections have no TLS. */
  readonly isRaw?: true;
  /** What is done on each connection. */
  act(socket: Socket): unknown;
}

const MIB = 1024 * 1024;
const HEAD = "POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
/** No record of TLS begins so; one that might would be waited for. */
const NOT_TLS = Buffer.of(0xff);
/** Beyond what waits for a connection at once, the kernel drops them. */
const LANES = 100;

/** Opens so many connections, and acts on each. */
async function runAttack({ isRaw, act }: Attack, server: AttackedServer, count: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started < count) {
      started += 1;
      const socket = await (isRaw ? server.openTcp() : server.openTls());
      socket.resume();
      sockets.push(socket);
      await act(socket);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return sockets;
}

/** Writes one byte now and then for as long as the connection stands. */
function drip(socket: Socket, head: string, text: string): void {
  socket.write(head);
  const timer = setInterval(() => socket.write(text), 500);
  socket.on("close", () => clearInterval(timer));
}

/** Writes as fast as the other side reads. */
async function flood(socket: Socket, head: string, chunk: Buffer | string, times: number): Promise<void> {
  socket.write(head);
  let goOn: () => void = () => undefined;
  socket.on("drain", () => goOn()).on("close", () => goOn());
  for (let time = 0; time < times && !socket.destroyed; time++) {
    if (!socket.write(chunk)) {
      const drained = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      await Promise.race([drained, sleep(2000, undefined, { ref: false })]);
    }
  }
}

/** All attacks. */
const ATTACKS: readonly Attack[] = [
  {
    title: "connections that never say a word",
    count: [3000, 10_000],
    mayStay: true,
    isRaw: true,
    act: () => undefined,
  },
  { title: "idle connections after a handshake", count: [200, 3000], mayStay: true, act: () => undefined },
  {
    title: "idle connections after an answered request",
    count: [200, 3000],
    mayStay: true,
    act: (socket) => socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
  },
  { title: "headers that drip", count: [200, 3000], mayStay: true, act: (socket) => drip(socket, `${HEAD}X-`, "a") },
  {
    title: "bodies that drip",
    count: [200, 3000],
    mayStay: true,
    act: (socket) => drip(socket, `${HEAD}Content-Length: 1000000\r\n\r\n{`, " "),
  },
  {
    title: "bodies of 8 MiB, all but the last byte sent",
    count: [40, 400],
    mayStay: true,
    act: (socket) => flood(socket, `${HEAD}Content-Length: ${8 * MIB}\r\n\r\n`, Buffer.alloc(MIB - 1, " "), 8),
  },
  {
    title: "bodies in chunks of one byte, never ended",
    count: [20, 200],
    mayStay: true,
    act: (socket) => flood(socket, `${HEAD}Transfer-Encoding: chunked\r\n\r\n`, "1\r\n \r\n".repeat(10_000), 10),
  },
  {
    title: "bodies beyond every limit",
    count: [10, 200],
    act: (socket) => flood(socket, `${HEAD}Content-Length: ${64 * MIB}\r\n\r\n`, Buffer.alloc(MIB, " "), 64),
  },
  {
    title: "headers of a megabyte",
    count: [50, 2000],
    act: (socket) => flood(socket, `${HEAD}X: `, "a".repeat(MIB), 1),
  },
  {
    title: "random bytes instead of TLS",
    count: [200, 10_000],
    isRaw: true,
    act: (socket) => socket.write(Buffer.concat([NOT_TLS, randomBytes(1000)])),
  },
  { title: "HTTP without TLS", count: [200, 10_000], isRaw: true, act: (socket) => socket.write(`${HEAD}\r\n`) },
  {
    title: "a hundred requests at once on each connection",
    count: [20, 200],
    mayStay: true,
    act: (socket) => socket.write(`${HEAD}Content-Length: 2\r\n\r\n{}`.repeat(100)),
  },
];

for (const attack of ATTACKS) {
  const { title, mayStay } = attack;
  const count = attack.count[isFull ? 1 : 0];
  test(`${title} (${count}) hold up no good client`, { timeout: 300_000 }, async (context) => {
    const server = await startAttackedServer(context);
    let isOver = false;
    const attacking = runAttack(attack, server, count).then(async (sockets) => {
      await sleep(OBSERVED_MS);
      isOver = true;
      return sockets;
    });
    const [good, sockets] = await Promise.all([sendGoodReviews(server, () => isOver), attacking]);
    const open = areOpen(sockets);
    const peak = server.peakMiB();
    context.diagnostic(
      `${good.requests} good reviews: median ${good.median.toFixed(1)} ms, p99 ${good.p99.toFixed(1)} ms, ` +
        `longest ${good.max.toFixed(0)} ms; peak ${peak.toFixed(0)} MiB; ${open} of ${sockets.length} connections left`,
    );
    assert.ok(server.isRunning());
    assert.ok(peak < MAX_MIB, `a peak of ${peak} MiB`);
    // A client on a busy machine hears late that its connection was closed.
    await waitUntil("no more connections than the limit", () => areOpen(sockets) <= DEFAULT_LIMITS.maxConnections);
    if (mayStay === undefined) await waitUntil("the end of all connections", () => areOpen(sockets) === 0);
    for (const socket of sockets) socket.destroy();
  });
}
