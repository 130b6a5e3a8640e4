/**
 * Hostile clients against the built program. Each attack has a process of its own, whose peak of memory is checked, and a
 * good client beside it, whose every review has to be answered. Times are printed and not judged. `npm run test:hostile`
 * does the same with more connections.
 */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_LIMITS } from "../../src/server/limits/server-limits.ts";
import { waitUntil } from "../wait-until.ts";
import { startAttackedServer } from "./attacked-server.ts";
import { ATTACKS, runAttack } from "./attacks.ts";
import { sendGoodReviews } from "./good-client.ts";

const isFull = process.env.PULLRING_HOSTILE === "full";

/** The memory limit of the manifests, in MiB: the kernel ends a process above it. */
const MAX_MIB = 256;
/** How long an attack that has opened all its connections is observed, in milliseconds. */
const OBSERVED_MS = isFull ? 5000 : 500;

const areOpen = (sockets: readonly Socket[]): number => sockets.filter(({ closed }) => !closed).length;

for (const attacks of ATTACKS) {
  const { title, mayStay } = attacks;
  const count = attacks.count[isFull ? 1 : 0];
  test(`${title} (${count}) hold up no good client`, { timeout: 300_000 }, async (context) => {
    const server = await startAttackedServer(context);
    let isOver = false;
    const attack = runAttack(attacks, server, count).then(async (sockets) => {
      await sleep(OBSERVED_MS);
      isOver = true;
      return sockets;
    });
    const [good, sockets] = await Promise.all([sendGoodReviews(server, () => isOver), attack]);
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
