/** The watchdog in real processes, with limits of 0.6 s. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("watched-loop.ts", import.meta.url));
const WATCHED = { timeout: 60_000 } as const;

interface Watched {
  readonly child: ChildProcess;
  readonly printed: () => string;
  /** Returns when the program has printed so many more dots. */
  waitForDots(count: number): Promise<void>;
}

async function start(context: TestContext): Promise<Watched> {
  const child = spawn(process.execPath, ["--import", "tsx", PROGRAM], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  context.after(() => child.kill("SIGKILL"));
  let printed = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const waitForDots = async (count: number): Promise<void> => {
    const enough = printed.length + count;
    while (printed.length < enough) {
      assert.equal(child.signalCode ?? child.exitCode, null, printed);
      await sleep(20);
    }
  };
  await waitForDots(3);
  return { child, printed: () => printed, waitForDots };
}

test("a loop that is blocked is ended, with one line that says so", WATCHED, async (context) => {
  const { child, printed } = await start(context);
  child.kill("SIGUSR2");
  const [, signal] = await once(child, "exit");
  assert.equal(signal, "SIGKILL");
  assert.match(printed(), /^\.+\{"level":"fatal",.*"blockedSeconds":0\.6,"msg":"Ended because .*"\}\n$/);
});

test("a process that was suspended for longer goes on", WATCHED, async (context) => {
  const { child, printed, waitForDots } = await start(context);
  child.kill("SIGSTOP");
  await sleep(3000);
  child.kill("SIGCONT");
  await waitForDots(30);
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
  assert.match(printed(), /^\.+$/);
});
