/** Bugs that nobody caught, in the real program: it ends with a status that is not 0 and tells no content. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { PASSWORD } from "../../files/secret-manifest.ts";
import { makeDirectory } from "../../files/temporary-directory.ts";
import { linesOf } from "../../server/running-server.ts";
import { PROGRAM } from "../run-pullring.ts";

const HOOK = fileURLToPath(new URL("misbehaving.cjs", import.meta.url));

interface End {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(bug: string, args: readonly string[], onLine?: (pid: number) => void): Promise<End> {
  const env = { ...process.env, PULLRING_TEST_BUG: bug, PULLRING_TEST_CONTENT: `a ${PASSWORD}` };
  const child = spawn(process.execPath, ["--require", HOOK, PROGRAM, ...args], { env, stdio: "pipe" });
  child.stdout.on("data", (chunk: Buffer) => {
    if (chunk.includes('"logger":"admin"') && child.pid !== undefined) {
      onLine?.(child.pid);
    }
  });
  const [stdout, stderr, [status, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { status, signal, stdout, stderr };
}

function serve(context: TestContext, bug: string): Promise<End> {
  const args = ["serve", "--credentials", "/dev/null", "--tls-dir", join(makeDirectory(context), "certs")];
  const addresses = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
  return run(bug, [...args, ...addresses], (pid) => process.kill(pid, "SIGUSR2"));
}

const BUGS: readonly [bug: string, err: Readonly<Record<string, unknown>>][] = [
  ["throw", { name: "TypeError" }],
  ["reject", { name: "Error", code: "ERR_BUG" }],
  ["reject text", { name: "string" }],
];

for (const [bug, expected] of BUGS) {
  test(`serve ends with 1 after "${bug}", and its log tells the kind and not the content`, async (context) => {
    const { status, stdout, stderr } = await serve(context, bug);
    assert.deepEqual([status, stderr], [1, ""]);
    assert.ok(!stdout.includes(PASSWORD), "content was logged");
    const [line, ...more] = linesOf(stdout, "Ended by an unexpected error");
    assert.ok(line !== undefined);
    const { frames, ...err } = line.err as { readonly frames: readonly string[] };
    assert.deepEqual([more, line.level, err], [[], "fatal", expected]);
    assert.equal(frames.length > 0, bug !== "reject text");
  });
}

test("explain ends with 1 after a bug, and tells the kind and not the content", async () => {
  const { status, stdout, stderr } = await run("throw at once", [
    "explain",
    "-f",
    "-",
    "--credentials",
    "/dev/null",
  ]);
  assert.deepEqual([status, stdout, stderr], [1, "", "pullring: internal error (TypeError)\n"]);
});

test("serve is ended from within when its event loop is blocked for half a minute", async (context) => {
  const { signal, stdout } = await serve(context, "block");
  assert.equal(signal, "SIGKILL");
  const [line] = linesOf(stdout, "Ended because the event loop was blocked");
  const { ts, version, ...told } = line ?? {};
  assert.deepEqual(told, {
    level: "fatal",
    logger: "watchdog",
    blockedSeconds: 30,
    msg: "Ended because the event loop was blocked",
  });
  assert.match(String(ts), /^\d{4}-\d\d-\d\dT/);
  assert.equal(version, linesOf(stdout, "Listening")[0]?.version);
});
