/** The watchdog of the first process of a PID namespace, as in a container: no signal from inside ends such a one. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("watched-loop.ts", import.meta.url));
const flags = ["--pid", "--fork", "--kill-child", ...(process.getuid?.() === 0 ? [] : ["-r"])];

test("a blocked loop is ended also in the first process of a container", { timeout: 60_000 }, async () => {
  const command = [process.execPath, "--import", "tsx", PROGRAM, "block"];
  const child = spawn("unshare", [...flags, ...command], { stdio: ["ignore", "pipe", "inherit"] });
  const [printed, [status, signal]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  assert.match(printed, /"blockedSeconds":0\.6/);
  // unshare ends as its child did.
  assert.equal(signal ?? status, "SIGTRAP");
});
