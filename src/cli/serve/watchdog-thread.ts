/**
 * What the thread of the watchdog runs, as text: the program is one file, and a thread begins with a file or a text.
 *
 * It writes its line in the thread pool, as a full pipe may block, and ends the process whether or not that succeeds. SIGKILL
 * does nothing to the first process of a PID namespace, which is what pullring is in a container, when it comes from inside;
 * a breakpoint, a fault of the process itself, ends that one too. `process.exit` would end the thread alone.
 */
export const WATCHDOG_THREAD: string = `
const { workerData } = require("node:worker_threads");
const { shared, maxLooks, lookIntervalMs, line } = workerData;
let seen = -1;
let looks = 0;
while (Atomics.load(shared, 1) === 0) {
  const counted = Atomics.load(shared, 0);
  looks = counted === seen ? looks + 1 : 0;
  seen = counted;
  if (looks >= maxLooks) {
    end();
  }
  Atomics.wait(shared, 1, 0, lookIntervalMs);
}
function end() {
  if (line !== null) {
    const ts = new Date().toISOString();
    const text = JSON.stringify({ level: "fatal", ts, ...line, msg: "Ended because the event loop was blocked" });
    require("node:fs").write(1, text + "\\n", () => {});
  }
  Atomics.wait(shared, 1, 0, 500);
  process.kill(process.pid, "SIGKILL");
  Atomics.wait(shared, 1, 0, 500);
  require("node:v8").setFlagsFromString("--allow-natives-syntax");
  new Function("%SystemBreak()")();
}
`;
