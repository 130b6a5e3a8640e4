/** The promise of the node suite to the machine that it runs on. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { waitUntil } from "../../wait-until.ts";
import { processesOf } from "../process-list.ts";

/** An argument that no other process has. */
const MARK = `pullring-enclosure-${process.pid}`;

test("when the process that entered is killed, everything that it started ends", async () => {
  const script = `
    import { enter } from ${JSON.stringify(new URL("./enclosure.ts", import.meta.url).href)};
    enter(["sh", "-c", "setsid sh -c 'sleep 600; exit' ${MARK}; exit"], { flags: ["--net"], stdio: "inherit" });`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script]);
  await waitUntil("a process in a session of its own", () => processesOf(MARK).length > 0);
  child.kill("SIGKILL");
  await once(child, "exit");
  await waitUntil("its end", () => processesOf(MARK).length === 0);
  assert.equal(child.signalCode, "SIGKILL");
});
