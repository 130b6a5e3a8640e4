/**
 * Loaded into a measured process with --require: at SIGUSR2 it prints the longest stall of the event loop in ms since a server
 * began to listen. Time for which the thread only waited for a core is taken off, as it is no doing of the process.
 */
const { readFileSync } = require("node:fs");
const { Server } = require("node:net");

/** @see Documentation/scheduler/sched-stats.rst: the second figure is the time spent waiting on a run queue, in nanoseconds */
const read = () => ({
  atMs: performance.now(),
  waitedMs: Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "latin1").split(" ")[1]) / 1e6,
});

const TICK_MS = 1;
let last = read();
let longestMs = 0;

const { listen } = Server.prototype;
Server.prototype.listen = function listenAndBegin(...options) {
  this.once("listening", () => {
    last = read();
    longestMs = 0;
  });
  return listen.apply(this, options);
};

setInterval(() => {
  const now = read();
  longestMs = Math.max(longestMs, now.atMs - last.atMs - TICK_MS - (now.waitedMs - last.waitedMs));
  last = now;
}, TICK_MS).unref();

process.on("SIGUSR2", () => process.stdout.write(`longest stall ${longestMs}\n`));
