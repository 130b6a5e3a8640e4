/**
 * A program for the tests of the clean-up: starts a control plane, prints one line of JSON about it, and then waits to be
 * killed. It never stops the control plane itself.
 */
import { startControlPlane } from "./control-plane.ts";

const plane = await startControlPlane();
const { etcd, apiServer, controllerManager } = plane.processes();
// Also a paused process must go, and one that a test started beside the control plane's own.
const sleeper = plane.startProcess({ name: "sleeper", command: "sleep", args: ["600"] });
plane.pauseEtcd();
const pids = [etcd, apiServer, controllerManager, sleeper].map((process) => process.pid);
process.stdout.write(`${JSON.stringify({ directory: plane.directory, pids })}\n`);
setInterval(() => {}, 60_000);
