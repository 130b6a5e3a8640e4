/**
 * Loaded into a measured process with --require: notes how long its event loop stood still, from when a server of it listens,
 * and prints it on SIGUSR2 as one line of JSON, then begins anew. Time for which the thread only waited for a core, as other processes had them all, is
 * told apart: it is no doing of the process.
 */
const { openSync, readSync } = require("node:fs");
const { Server } = require("node:net");

const schedstat = openSync(`/proc/self/task/${process.pid}/schedstat`, "r");
const buffer = Buffer.alloc(128);

/** @see Documentation/scheduler/sched-stats.rst: the second figure is the time spent waiting on a run queue, in nanoseconds */
function waitedMs() {
  const length = readSync(schedstat, buffer, 0, buffer.length, 0);
  return Number(buffer.toString("latin1", 0, length).split(" ")[1]) / 1e6;
}

const TICK_MS = 1;
let last = { at: performance.now(), waited: waitedMs() };
const NONE = { gapMs: 0, ownMs: 0, over25: 0 };
let worst = NONE;

const { listen } = Server.prototype;
Server.prototype.listen = function listenAndBegin(...options) {
  this.once("listening", () => {
    last = { at: performance.now(), waited: waitedMs() };
    worst = NONE;
  });
  return listen.apply(this, options);
};

setInterval(() => {
  const now = { at: performance.now(), waited: waitedMs() };
  const gapMs = now.at - last.at - TICK_MS;
  const ownMs = gapMs - (now.waited - last.waited);
  worst = {
    gapMs: Math.max(worst.gapMs, gapMs),
    ownMs: Math.max(worst.ownMs, ownMs),
    over25: worst.over25 + (ownMs > 25 ? 1 : 0),
  };
  last = now;
}, TICK_MS).unref();

process.on("SIGUSR2", () => {
  process.stdout.write(`${JSON.stringify({ msg: "Stalls", ...worst })}\n`);
  worst = NONE;
});
