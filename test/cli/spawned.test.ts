/** The program as a process of its own: exit status, pipes and the end by a bug. `npm test` builds it first. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { listOf, PASSWORD, podManifest } from "../files/secret-manifest.ts";
import { PROGRAM } from "./run-pullring.ts";

test("explain reads standard input, and is quiet when the reader of its output goes away", async () => {
  const args = ["explain", "-f", "-", "--credentials", "/dev/null", "-o", "json"];
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: "pipe" });
  const pods = Array.from({ length: 3000 }, (_, index) => podManifest(["default", `pod-${index}`], ["quay.io/a"]));
  child.stdin.on("error", () => undefined).end(listOf(pods));
  child.stdout.once("data", () => child.stdout.destroy());
  const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  assert.deepEqual([status, stderr], [0, ""]);
});

test("a bug ends the process with 1, and says its kind and where it is, and not its content", async () => {
  const bug = `setImmediate(() => { throw new TypeError("a ${PASSWORD}\\n    at ${PASSWORD}") })`;
  const args = ["explain", "-f", "-", "--credentials", "/dev/null"];
  const child = spawn(
    process.execPath,
    ["--import", `data:text/javascript;base64,${Buffer.from(bug).toString("base64")}`, PROGRAM, ...args],
    { stdio: "pipe" },
  );
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(stderr, /^pullring: internal error \(TypeError\)\n(?: {2}at .*:\d+:\d+\)?\n)+$/);
  assert.ok(!stderr.includes(PASSWORD));
});
